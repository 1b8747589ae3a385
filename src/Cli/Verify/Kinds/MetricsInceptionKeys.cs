using DiTFastAttn.Evaluation;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>metrics.inception.keys</c>: names and shapes of the FID network's file.</summary>
internal sealed class MetricsInceptionKeys : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "metrics.inception.keys";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var network = new InceptionNetwork(META);
        answer.Out["parameters"] = KeyLists.InOrderOf(file.Root.Member("out"), "parameters", KeyLists.Rows(network));
        answer.Out["count"] = network.state_dict().Count;
    }
}
