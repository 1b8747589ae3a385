using TorchSharp;

namespace DiTFastAttn.Hosting.Composition;

/// <summary>Records the calls of the strategy inside it.</summary>
internal sealed class RecordingProcessor(string strategy, IAttentionProcessor inner, AttentionRecording recording) : DelegatingAttentionProcessor(inner)
{
    public override torch.Tensor Attend(in AttentionCall call)
    {
        var output = base.Attend(call);
        recording.Add(strategy, call, output);
        return output;
    }
}
