using System.Globalization;

namespace DiTFastAttn.Hosting.Search;

/// <summary>What a plan may cost, or has to keep. With several limits all of them hold; a limit of memory needs another beside it.</summary>
public sealed record PlanBudget
{
    /// <summary>Attention multiply-accumulates that may be left, as a part of those with <c>full</c> everywhere: above 0, up to 1.</summary>
    public double? AttentionFlops { get; init; }

    /// <summary>Seconds that the model calls of one generation of the calibration batch may take, by a short measurement on this machine.</summary>
    public double? Seconds { get; init; }

    /// <summary>PSNR in dB that the results on the calibration samples keep against <c>full</c> everywhere, on average: the cheapest such plan is wanted.</summary>
    public double? Psnr { get; init; }

    /// <summary>Bytes of residuals and outputs that a run of the calibration batch may hold at a time.</summary>
    public long? CacheBytes { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", new[]
    {
        AttentionFlops is { } flops ? Text($"{100 * flops:0.##} % of the attention FLOPs") : null,
        Seconds is { } seconds ? Text($"{seconds:0.###} s") : null,
        Psnr is { } psnr ? Text($"{psnr:0.##} dB") : null,
        CacheBytes is { } bytes ? Text($"{bytes} bytes of residuals and outputs") : null,
    }.OfType<string>());

    /// <summary>Refuses what cannot be searched for.</summary>
    /// <exception cref="ArgumentException">There is no limit, or one out of its range.</exception>
    internal static void Check(PlanBudget budget)
    {
        if (budget.AttentionFlops is null && budget.Seconds is null && budget.Psnr is null)
        {
            throw new ArgumentException("at least one of AttentionFlops, Seconds and Psnr is wanted; a plan within a limit of memory alone is full everywhere.", nameof(budget));
        }

        if (budget.AttentionFlops is { } flops && flops is not (> 0 and <= 1))
        {
            throw new ArgumentException(Text($"AttentionFlops: {flops} is not above 0 and up to 1."), nameof(budget));
        }

        if (budget.Seconds is { } seconds && !(seconds > 0 && double.IsFinite(seconds)))
        {
            throw new ArgumentException(Text($"Seconds: {seconds} is not above 0."), nameof(budget));
        }

        if (budget.Psnr is { } psnr && !(psnr > 0 && double.IsFinite(psnr)))
        {
            throw new ArgumentException(Text($"Psnr: {psnr} dB is not above 0."), nameof(budget));
        }

        if (budget.CacheBytes < 0)
        {
            throw new ArgumentException(Text($"CacheBytes: {budget.CacheBytes} is below 0."), nameof(budget));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
