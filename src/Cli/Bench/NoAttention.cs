using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary>A kernel that hands the values back: what is left of a site's time is the way to it.</summary>
internal sealed class NoAttention : IAttentionKernel
{
    public string Name => "none";

    public bool Supports(in AttentionInput input) => true;

    public Tensor Full(in AttentionInput input, AttentionWindow? window = null) => input.Value.alias();

    public Tensor Window(in AttentionInput input, AttentionWindow window, Tensor? residual = null) => input.Value.alias();

    public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window) => new(input.Value.alias(), zeros_like(input.Value));
}
