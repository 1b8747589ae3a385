using System.Globalization;
using System.Text.Json.Nodes;
using DiTFastAttn.Hosting.Search;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>fastattn.loss</c>: the losses of the plan search on pairs of outputs.</summary>
internal sealed class AttentionLoss : ICaseKind
{
    // A border of 5 on every side is cropped.
    private const int SmallestCropped = 11;

    /// <inheritdoc/>
    public string Name => "fastattn.loss";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var range = file.Call.Number("data_range");
        var pairs = new JsonArray();
        for (var i = 0; Named("a", i) is var name && file.HasTensor(name); i++)
        {
            using var a = file.Tensor(name);
            using var b = file.Tensor(Named("b", i));
            var losses = new JsonObject();
            foreach (var loss in PlanLoss.All)
            {
                losses[loss.Name] = loss.Between(a, b);
            }

            if (a.shape[2] >= SmallestCropped && a.shape[3] >= SmallestCropped)
            {
                losses["ssim_cropped"] = 1 - StructuralSimilarity.Mean(a, b, range, cropBorder: true);
            }

            pairs.Add(losses);
        }

        answer.Out["pairs"] = pairs;
    }

    private static string Named(string side, int pair) => string.Create(CultureInfo.InvariantCulture, $"in.{side}{pair}");
}
