using DiTFastAttn.Evaluation;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>metrics.kid</c>: the kernel distance of two sets of features.</summary>
internal sealed class MetricsKid : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "metrics.kid";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var a = file.Tensor("in.features_a");
        using var b = file.Tensor("in.features_b");
        answer.Add("out.kid", tensor(KernelInceptionDistance.Between(a, b)));
    }
}
