using DiTFastAttn.Evaluation;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>metrics.clipscore</c>: CLIPScore of features.</summary>
internal sealed class MetricsClipScore : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "metrics.clipscore";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var images = file.Tensor("in.image_features");
        using var texts = file.Tensor("in.text_features");
        var score = new ClipScore();
        score.Update(images, texts);
        answer.Add("out.per_pair", ClipScore.PerPair(images, texts));
        answer.Add("out.clipscore", tensor(score.Score));
    }
}
