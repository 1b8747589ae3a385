using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Measures;

/// <summary>The logits that the Inception Score is made of.</summary>
/// <param name="network">The network; stays the caller's.</param>
/// <param name="fingerprint">Of its weights.</param>
/// <param name="resizesBytes">Whether pictures are resized as DiTFastAttn's program does, before the network's own resizing.</param>
/// <param name="device">Where it lies.</param>
internal sealed class InceptionLogits(InceptionNetwork network, string fingerprint, bool resizesBytes, Device device) : IPictureMeasure
{
    public string Name => "logits";

    public int Width => InceptionNetwork.ClassCount;

    public string Identity => $"inception {fingerprint} {(resizesBytes ? "bytes" : "tensorflow")}";

    public Tensor Measure(IReadOnlyList<MeasuredPicture> pictures)
    {
        using var scope = NewDisposeScope();
        var input = cat([.. pictures.Select(Prepare)], 0);
        using var activations = network.Activate(input);
        return activations.LogitsUnbiased.cpu().clone().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
    }

    private Tensor Prepare(MeasuredPicture picture)
    {
        var bytes = MeasuredPicture.Bytes(picture.Image).to(device);
        return InceptionInput.Prepare(resizesBytes ? InceptionInput.ResizeBytes(bytes) : bytes, InceptionFrontEnd.TorchFidelity);
    }
}
