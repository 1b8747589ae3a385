using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Measures;

/// <summary>The features that FID, KID, precision and recall compare.</summary>
/// <param name="network">The network; stays the caller's.</param>
/// <param name="fingerprint">Of its weights.</param>
/// <param name="frontEnd">How pictures are prepared for it.</param>
/// <param name="device">Where it lies.</param>
internal sealed class InceptionFeatures(InceptionNetwork network, string fingerprint, InceptionFrontEnd frontEnd, Device device) : IPictureMeasure
{
    public string Name => "features";

    public int Width => InceptionNetwork.FeatureCount;

    public string Identity => $"inception {fingerprint} {frontEnd}";

    public Tensor Measure(IReadOnlyList<MeasuredPicture> pictures)
    {
        using var scope = NewDisposeScope();
        var input = cat([.. pictures.Select(picture => InceptionInput.Prepare(MeasuredPicture.Bytes(picture.Image).to(device), frontEnd))], 0);
        return network.forward(input).cpu().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
    }
}
