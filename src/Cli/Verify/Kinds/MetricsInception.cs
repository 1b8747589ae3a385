using DiTFastAttn.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>metrics.inception</c>: the FID network's features and logits, with both ways of preparing pictures.</summary>
internal sealed class MetricsInception : ICaseKind
{
    // The recorded input of the first convolution is every 13th pixel.
    private const int Stride = 13;

    /// <inheritdoc/>
    public string Name => "metrics.inception";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var network = new InceptionNetwork();
        CaseWeights.Fill(file, network, network.LoadWeights);
        network.eval();
        using var images = file.Tensor("in.images");
        var frontEnd = file.Call.Text("variant") switch
        {
            "pytorch-fid" => InceptionFrontEnd.PytorchFid,
            "torch-fidelity" => InceptionFrontEnd.TorchFidelity,
            var other => throw new UnsupportedCaseException($"call.variant is '{other}'; pytorch-fid and torch-fidelity are known"),
        };
        using var input = InceptionInput.Prepare(images, frontEnd);
        answer.Add("out.resized", input[TensorIndex.Ellipsis, TensorIndex.Slice(step: Stride), TensorIndex.Slice(step: Stride)]);
        cancellation.ThrowIfCancellationRequested();
        using var activations = network.Activate(input);
        answer.Add("out.features_64", activations.Features64.clone());
        answer.Add("out.features_192", activations.Features192.clone());
        answer.Add("out.features_768", activations.Features768.clone());
        answer.Add("out.features_2048", activations.Features2048.clone());
        answer.Add("out.logits", activations.Logits.clone());
        answer.Add("out.logits_unbiased", activations.LogitsUnbiased.clone());
    }
}
