using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// How far a trial's model output lies from the output with <c>full</c> everywhere: a mean over all elements of the raw
/// output, both guidance halves and variance channels included.
/// </summary>
/// <param name="Name">The name that plans record.</param>
/// <param name="Between">Loss between the all-full output and the trial's, both <c>[B, C, H, W]</c>, borrowed: a mean over the samples, never below 0.</param>
public sealed record PlanLoss(string Name, Func<Tensor, Tensor, double> Between)
{
    /// <summary>clip(|a−b| / |max(a,b) + 1e-6|, 0, 10): the authors' code, with which the published thresholds were run.</summary>
    public static PlanLoss Official { get; } = new("official", (a, b) => Relative(a, b, (x, y) => maximum(x, y).add_(1e-6).abs_()));

    /// <summary>clip(|a−b| / (max(|a|,|b|) + 1e-6), 0, 10): the paper's formula.</summary>
    public static PlanLoss Paper { get; } = new("paper", (a, b) => Relative(a, b, (x, y) => maximum(x.abs(), y.abs()).add_(1e-6)));

    /// <summary>1 − SSIM of the raw outputs with data range 1.</summary>
    public static PlanLoss Ssim { get; } = new("ssim", (a, b) => 1 - StructuralSimilarity.Mean(a, b, dataRange: 1));

    /// <summary>The losses by name.</summary>
    public static IReadOnlyList<PlanLoss> All { get; } = [Official, Paper, Ssim];

    /// <summary>Finds a loss.</summary>
    /// <param name="name"><c>official</c>, <c>paper</c> or <c>ssim</c>.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static PlanLoss Named(string name)
        => All.FirstOrDefault(l => l.Name == name)
            ?? throw new ArgumentException($"loss '{name}' is not known: use {string.Join(", ", All.Select(l => l.Name))}.", nameof(name));

    private static double Relative(Tensor a, Tensor b, Func<Tensor, Tensor, Tensor> scale)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, y) = (a.to(ScalarType.Float32), b.to(ScalarType.Float32));
        var difference = x.sub(y).abs_();
        var ratio = difference.div(scale(x, y)).clamp_(min: 0.0.ToScalar(), max: 10.0.ToScalar());

        // 0/0 where a = b = −1e-6: equal elements lose nothing.
        return ratio.masked_fill_(difference.eq(0), 0).to(ScalarType.Float64).mean().item<double>();
    }
}
