using System.Diagnostics;
using TorchSharp;

namespace DiTFastAttn.Hosting.Composition;

/// <summary>Measures the strategy inside it.</summary>
internal sealed class TimingProcessor(string strategy, IAttentionProcessor inner, AttentionTimings timings, bool waitsForDevice) : DelegatingAttentionProcessor(inner)
{
    public override torch.Tensor Attend(in AttentionCall call)
    {
        Wait(call.Hidden);
        var start = Stopwatch.GetTimestamp();
        var output = base.Attend(call);
        Wait(output);
        timings.Add(call.Site.Name, strategy, Stopwatch.GetTimestamp() - start);
        return output;
    }

    private void Wait(torch.Tensor tensor)
    {
        if (waitsForDevice && tensor.device_type == DeviceType.CUDA)
        {
            torch.cuda.synchronize(tensor.device);
        }
    }
}
