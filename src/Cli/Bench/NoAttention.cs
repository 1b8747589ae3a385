using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary>A kernel that hands the values back: what is left of a site's time is the way to it.</summary>
internal sealed class NoAttention : IAttentionKernel
{
    public string Name => "none";

    public bool Supports(Tensor query, Tensor key, Tensor value) => true;

    public Tensor Full(Tensor query, Tensor key, Tensor value, int? window = null) => value.alias();

    public Tensor Window(Tensor query, Tensor key, Tensor value, int window) => value.alias();

    public FullAndResidual FullWithResidual(Tensor query, Tensor key, Tensor value, int window) => new(value.alias(), zeros_like(value));
}
