using System.Text.Json.Nodes;
using DiTFastAttn.Evaluation;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>clip.score</c>: CLIPScore of features, update by update.</summary>
internal sealed class ClipScoreCase : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "clip.score";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var images = file.Tensor("in.image_features");
        using var texts = file.Tensor("in.text_features");
        answer.Add("out.per_pair", ClipScore.PerPair(images, texts));
        var score = new ClipScore();
        var afterEach = new JsonArray();
        var done = 0L;
        foreach (var pairs in file.Call.Longs("batches"))
        {
            using var imagePart = images.narrow(0, done, pairs);
            using var textPart = texts.narrow(0, done, pairs);
            score.Update(imagePart, textPart);
            done += pairs;
            afterEach.Add(score.Score);
        }

        answer.Add("out.clip_score", [score.Score]);
        answer.Out["score_after_each_batch"] = afterEach;
    }
}
