using System.Diagnostics.CodeAnalysis;
using TorchSharp;

namespace DiTFastAttn.Tests.Testing;

/// <summary>
/// The smallest strategies that use every part of a run: <c>full</c> writes residual and output, <c>residual</c> reads the
/// one, <c>output</c> the other, and <c>half</c> and <c>residual+half</c> compute the conditional half only.
/// </summary>
public sealed class TestCatalog : IProcessorCatalog
{
    private readonly OrderedDictionary<string, IAttentionProcessor> _processors = new(StringComparer.Ordinal)
    {
        ["full"] = new TestStrategy(SiteState.None, SiteState.Residual | SiteState.Output, needsGuidance: false, Full),
        ["residual"] = new TestStrategy(SiteState.Residual, SiteState.Output, needsGuidance: false, Residual),
        ["output"] = new TestStrategy(SiteState.Output, SiteState.None, needsGuidance: false, call => call.ReadOutput()),
        ["half"] = new TestStrategy(SiteState.None, SiteState.Residual | SiteState.Output, needsGuidance: true, call => OnHalf(call, Full)),
        ["residual+half"] = new TestStrategy(SiteState.Residual, SiteState.Output, needsGuidance: true, call => OnHalf(call, Residual)),
    };

    public IReadOnlyList<string> Ids => [.. _processors.Keys];

    public bool TryGet(string id, [NotNullWhen(true)] out IAttentionProcessor? processor) => _processors.TryGetValue(id, out processor);

    /// <summary>The catalog with one more strategy.</summary>
    public TestCatalog With(string id, IAttentionProcessor processor)
    {
        _processors[id] = processor;
        return this;
    }

    private static torch.Tensor Full(AttentionCall call)
    {
        using var input = call.Project();
        if (call.Window is not { } window)
        {
            using var attended = call.Kernel.Full(input);
            return call.Output(attended);
        }

        // Stored at every step: what no later step reads, the run drops.
        var (full, residual) = call.Kernel.FullWithResidual(input, window);
        using (full)
        {
            call.StoreResidual(residual);
            return call.Output(full);
        }
    }

    private static torch.Tensor Residual(AttentionCall call)
    {
        using var input = call.Project();
        using var near = call.Kernel.Window(input, call.RequiredWindow);
        using var residual = call.ReadResidual();
        using var attended = near + residual;
        return call.Output(attended);
    }

    private static torch.Tensor OnHalf(AttentionCall call, Func<AttentionCall, torch.Tensor> attend)
    {
        var half = call.Hidden.shape[0] / 2;
        using var hidden = call.Hidden.narrow(0, call.Guidance == Guidance.ConditionalLast ? half : 0, half);
        using var output = attend(call.ForConditionalHalf(hidden));
        return torch.cat([output, output], 0); // [B/2, L, d] -> [B, L, d]
    }
}
