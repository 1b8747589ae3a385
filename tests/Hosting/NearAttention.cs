using Microsoft.Extensions.Options;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

/// <summary><c>near</c>: attention of a token to the few around it. Registered by generated code, told its reach by its services.</summary>
/// <param name="options">How far a token sees.</param>
[AttentionProcessor("near")]
internal sealed class NearAttention(IOptions<NearAttention.Settings> options) : IAttentionProcessor
{
    private readonly AttentionWindow _reach = AttentionWindow.Tokens(options.Value.Reach);

    public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Output);

    public Tensor Attend(in AttentionCall call)
    {
        using var input = call.Project();
        using var attended = call.Kernel.Window(input, _reach);
        return call.Output(attended);
    }

    public AttentionCost Cost(in SiteShape shape) => new(shape.Projections, (shape with { Window = _reach.Resolve(shape.Tokens) }).WindowAttention);

    public sealed class Settings
    {
        public int Reach { get; set; } = 2;
    }
}

/// <summary><c>drift</c>: the last output, a little smaller; only where there is guidance.</summary>
[AttentionProcessor("drift")]
internal sealed class DriftingOutput : IAttentionProcessor
{
    public ProcessorTraits Traits { get; } = new(SiteState.Output, SiteState.None, NeedsGuidance: true);

    public Tensor Attend(in AttentionCall call)
    {
        using var output = call.ReadOutput();
        return output.mul(0.99);
    }

    public AttentionCost Cost(in SiteShape shape) => default;
}
