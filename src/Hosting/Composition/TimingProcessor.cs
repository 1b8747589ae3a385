using System.Diagnostics;
using TorchSharp;

namespace DiTFastAttn.Hosting.Composition;

/// <summary>Measures the strategy inside it.</summary>
internal sealed class TimingProcessor(string strategy, IAttentionProcessor inner, AttentionTimings timings) : DelegatingAttentionProcessor(inner)
{
    public override torch.Tensor Attend(in AttentionCall call)
    {
        var start = Stopwatch.GetTimestamp();
        var output = base.Attend(call);
        timings.Add(call.Site.Name, strategy, Stopwatch.GetTimestamp() - start);
        return output;
    }
}
