using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Tests.Testing;

/// <summary>Attention by torch's own operator, the window as a mask. Slow and plain: what other kernels are compared with.</summary>
public sealed class TorchKernel : IAttentionKernel
{
    public string Name => "torch";

    public bool Supports(Tensor query, Tensor key, Tensor value) => true;

    public Tensor Full(Tensor query, Tensor key, Tensor value, int? window = null) => nn.functional.scaled_dot_product_attention(query, key, value);

    public Tensor Window(Tensor query, Tensor key, Tensor value, int window)
    {
        var tokens = query.shape[2];
        using var scope = NewDisposeScope();
        var rows = arange(tokens).reshape(tokens, 1);
        var columns = arange(tokens).reshape(1, tokens);
        var mask = (rows - columns).abs().le(window); // [L, 1] - [1, L] -> [L, L]
        return nn.functional.scaled_dot_product_attention(query, key, value, mask).MoveToOuterDisposeScope();
    }

    public FullAndResidual FullWithResidual(Tensor query, Tensor key, Tensor value, int window)
    {
        var full = Full(query, key, value);
        using var near = Window(query, key, value, window);
        return new FullAndResidual(full, full - near);
    }
}
