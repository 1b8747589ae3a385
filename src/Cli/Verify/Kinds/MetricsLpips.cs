using DiTFastAttn.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>metrics.lpips</c>: LPIPS with either network, layer by layer.</summary>
internal sealed class MetricsLpips : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "metrics.lpips";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var net = file.Call.Text("net") switch
        {
            "alex" => LpipsNet.Alex,
            "squeeze" => LpipsNet.Squeeze,
            var other => throw new UnsupportedCaseException($"call.net is '{other}'; alex and squeeze are known"),
        };
        using var lpips = new Lpips(net);
        CaseWeights.Fill(file, lpips, source => lpips.LoadWeights(source));
        lpips.eval();
        using var a = file.Tensor("in.a");
        using var b = file.Tensor("in.b");
        using var layers = lpips.PerLayer(a, b);
        answer.Add("out.lpips", layers.sum(dim: 0));
        answer.Add("out.per_layer", layers.clone());
    }
}
