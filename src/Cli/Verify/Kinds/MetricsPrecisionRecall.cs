using DiTFastAttn.Evaluation;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>metrics.precision_recall</c>: precision and recall of two sets of features.</summary>
internal sealed class MetricsPrecisionRecall : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "metrics.precision_recall";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var generated = file.Tensor("in.generated");
        using var real = file.Tensor("in.real");
        var result = PrecisionRecall.Between(generated, real, file.Call.Int("k"));
        answer.Add("out.precision", tensor(result.Precision));
        answer.Add("out.recall", tensor(result.Recall));
    }
}
