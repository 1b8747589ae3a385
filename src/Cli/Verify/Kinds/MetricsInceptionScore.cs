using DiTFastAttn.Evaluation;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>metrics.is</c>: the Inception Score of logits, split as the original program and as torchmetrics do.</summary>
internal sealed class MetricsInceptionScore : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "metrics.is";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var recorded = file.Tensor("in.logits");
        using var order = file.HasTensor("in.permutation") ? file.Tensor("in.permutation") : arange(recorded.shape[0]);
        using var logits = recorded.index_select(0, order);
        var splits = file.Call.Int("splits");
        var torchmetrics = InceptionScore.Torchmetrics(logits, splits);
        answer.Add("out.torchmetrics_mean", tensor(torchmetrics.Mean));
        answer.Add("out.torchmetrics_std", tensor(torchmetrics.Deviation));
        if (file.HasTensor("out.original_mean"))
        {
            var original = InceptionScore.Original(logits, splits);
            answer.Add("out.original_mean", tensor(original.Mean));
            answer.Add("out.original_std", tensor(original.Deviation));
        }
    }
}
