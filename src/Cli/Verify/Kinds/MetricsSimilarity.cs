using DiTFastAttn.Evaluation;
using DiTFastAttn.Hosting.Search;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>metrics.similarity</c>: PSNR and SSIM as torchmetrics and scikit-image have them.</summary>
internal sealed class MetricsSimilarity : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "metrics.similarity";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var a = file.Tensor("in.a");
        using var b = file.Tensor("in.b");
        var range = file.Call.Number("data_range");
        Add("out.psnr", () => PeakSignalToNoise.PerSample(a, b, range));
        Add("out.psnr_batch", () => PeakSignalToNoise.PerSample(a.unsqueeze(0), b.unsqueeze(0), range));
        Add("out.ssim_torchmetrics", () => PerSample((x, y) => StructuralSimilarity.Mean(x, y, range)));
        Add("out.ssim_torchmetrics_cropped", () => PerSample((x, y) => StructuralSimilarity.Mean(x, y, range, cropBorder: true)));
        Add("out.ssim_skimage", () => SkimageSimilarity.Gaussian(a, b, range));
        Add("out.ssim_skimage_default", () => SkimageSimilarity.Uniform(a, b, range));

        // A case of small pictures records only those whose window fits.
        void Add(string name, Func<double[]> compute)
        {
            if (file.HasTensor(name))
            {
                using var recorded = file.Tensor(name);
                using var computed = tensor(compute());
                answer.Add(name, computed.numel() == recorded.numel() ? computed.reshape(recorded.shape) : computed.clone());
            }
        }

        double[] PerSample(Func<Tensor, Tensor, double> measure)
            => [.. Enumerable.Range(0, (int)a.shape[0]).Select(i => measure(a.narrow(0, i, 1), b.narrow(0, i, 1)))];
    }
}
