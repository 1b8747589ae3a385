using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Tests.Testing;

/// <summary>Attention by torch's own operator, the window as a mask. Slow and plain: what other kernels are compared with.</summary>
public sealed class TorchKernel : IAttentionKernel
{
    public string Name => "torch";

    public bool Supports(in AttentionInput input) => true;

    public Tensor Full(in AttentionInput input, AttentionWindow? window = null) => PlainAttention.Compute(input);

    public Tensor Window(in AttentionInput input, AttentionWindow window, Tensor? residual = null)
    {
        var tokens = input.Tokens;
        using var scope = NewDisposeScope();
        var rows = arange(tokens).reshape(tokens, 1);
        var columns = arange(tokens).reshape(1, tokens);
        var mask = (rows - columns).abs().le(window.Resolve(tokens)); // [L, 1] - [1, L] -> [L, L]
        var near = nn.functional.scaled_dot_product_attention(input.Query, input.Key, input.Value, mask);
        return (residual is null ? near : near + residual.repeat(near.size(0) / residual.size(0), 1, 1, 1)).MoveToOuterDisposeScope();
    }

    public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window)
    {
        var full = Full(input);
        using var near = Window(input, window);
        return new FullAndResidual(full, full - near);
    }
}
