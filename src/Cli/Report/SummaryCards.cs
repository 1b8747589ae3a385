using System.Globalization;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Report;

/// <summary>Says in a few figures what a run is worth.</summary>
internal static class SummaryCards
{
    /// <summary>Below it a difference begins to show.</summary>
    private const double GoodPsnr = 28;

    /// <summary>The summary of a run, or <see langword="null"/> where there is nothing to say.</summary>
    public static ReportSummary? Of(ReportPoint point)
    {
        ReportSummary.Card?[] cards = [Speed(point), Flops(point), Quality(point), Distance(point), Memory(point)];
        return cards.OfType<ReportSummary.Card>().ToList() is { Count: > 0 } known ? new ReportSummary(point.Name, known) : null;
    }

    /// <summary>The run that is seen first.</summary>
    public static ReportContent.ReportChoice? First(IReadOnlyList<ReportPoint> points, IReadOnlyList<ReportSummary> summaries)
    {
        var known = points.Where(point => summaries.Any(summary => summary.Name == point.Name)).ToList();

        // The first part of a study is of plans as the paper makes them, later ones of what is wrong with others.
        known = known.FindAll(point => point.Part == known[0].Part);
        var good = known.Where(point => point.Metric("psnr") >= GoodPsnr && Cost(point) < 1).MinBy(Cost);
        if (good is not null && known.Count > 1)
        {
            return new(good.Name, Invariant($"it computes least of those that keep a mean PSNR of {GoodPsnr} dB"));
        }

        var best = known.Where(point => point.Metric("psnr") is { } psnr && double.IsFinite(psnr)).MaxBy(point => point.Metric("psnr")) ?? known.FirstOrDefault();
        return best is null ? null : new(best.Name, known.Count > 1 ? "the best by PSNR" : "the only one");
    }

    /// <summary>By FLOPs where they are known: they are the same on every day.</summary>
    private static double Cost(ReportPoint point) => (point.TotalFlopsPercent ?? point.AttentionFlopsPercent) / 100 ?? (point.Speedup is { } speedup ? 1 / speedup : 1);

    private static ReportSummary.Card? Speed(ReportPoint point)
    {
        if (point.Speedup is not { } speedup)
        {
            return null;
        }

        var meaning = Invariant($"{Seconds(point.Seconds)} instead of {Seconds(point.Against!.Seconds)} with full attention, everything included.");
        if (point.AttentionSeconds > 0 && point.Against.AttentionSeconds is { } attention)
        {
            meaning += Invariant($" Attention alone: {attention / point.AttentionSeconds:F2}×.");
        }

        return new("speedup", "Speed-up", Invariant($"{speedup:F2}"), "×", speedup > 1 ? meaning : "No faster here: " + meaning);
    }

    private static ReportSummary.Card? Flops(ReportPoint point) => (point.AttentionFlopsPercent, point.TotalFlopsPercent) switch
    {
        ({ } attention, { } total) => new("flops", "Attention FLOPs left", Invariant($"{attention:F1}"), "%", Invariant($"of what full attention computes; of the whole transformer {total:F1} % are left.")),
        ({ } attention, null) => new("flops", "Attention FLOPs left", Invariant($"{attention:F1}"), "%", "of what full attention computes."),
        (null, { } total) => new("flops", "FLOPs left", Invariant($"{total:F1}"), "%", "of what the whole transformer computes with full attention."),
        _ => null,
    };

    private static ReportSummary.Card? Quality(ReportPoint point)
    {
        if (point.Metric("psnr") is not { } psnr || double.IsNaN(psnr))
        {
            return null;
        }

        if (double.IsPositiveInfinity(psnr))
        {
            return new("quality", "PSNR", "∞", "dB", "The pictures are equal, bit for bit, to those with full attention.");
        }

        string[] more =
        [
            point.Metric("psnr_min") is { } worst ? Invariant($"worst picture {worst:F1} dB") : "",
            point.Metric("ssim") is { } ssim ? Invariant($"SSIM {ssim:F3}") : "",
            point.Metric("latent_relative_error") is { } error ? Invariant($"relative error of the latents {error:G2}") : "",
        ];
        return new(
            "quality", "PSNR", Invariant($"{psnr:F1}"), "dB", "mean against the same pictures with full attention" + string.Concat(more.Where(part => part.Length > 0).Select((part, i) => (i == 0 ? "; " : ", ") + part)) + ".");
    }

    private static ReportSummary.Card? Distance(ReportPoint point)
    {
        string[] more =
        [
            point.Metric("inception_score") is { } score ? Invariant($"Inception Score {score:F2}") : "", point.Metric("clip_score") is { } clip ? Invariant($"CLIPScore {clip:F2}") : "",
            point.Metric("kid") is { } kid ? Invariant($"KID {kid:G3}") : "", point.Metric("lpips") is { } lpips ? Invariant($"LPIPS {lpips:F3}") : "",
        ];
        var rest = string.Join(", ", more.Where(part => part.Length > 0));
        return point.Metric("fid") is { } fid
            ? new("distance", "FID", Invariant($"{fid:F2}"), "", "against the real pictures, less is better" + (rest.Length > 0 ? $"; {rest}." : "."))
            : point.Metric("clip_score") is { } alone ? new("distance", "CLIPScore", Invariant($"{alone:F2}"), "", "pictures against their prompts, more is better.") : null;
    }

    private static ReportSummary.Card? Memory(ReportPoint point)
    {
        if (point.PeakStateBytes is { } state)
        {
            var (value, unit) = Bytes(state);
            var whole = point.ProcessBytes is { } process ? Bytes(process) : default;
            return new("memory", "Extra memory", value, unit, "for residuals and outputs that the plan reads again, most at a time" + (whole.Unit is null ? "." : $"; the whole process took {whole.Value} {whole.Unit}."));
        }

        if (point.ProcessBytes is not { } all)
        {
            return null;
        }

        var (number, of) = Bytes(all);
        return new("memory", "Memory", number, of, "of the whole process, most at a time.");
    }

    private static string Seconds(double? seconds) => seconds switch
    {
        null => "?",
        >= 100 => Invariant($"{seconds:F0} s"),
        >= 10 => Invariant($"{seconds:F1} s"),
        >= 1 => Invariant($"{seconds:F2} s"),
        _ => Invariant($"{seconds:G3} s"),
    };

    private static (string Value, string Unit) Bytes(double bytes) => bytes switch
    {
        >= 1e9 => (Round(bytes / 1e9), "GB"),
        >= 1e6 or 0 => (Round(bytes / 1e6), "MB"),
        _ => (Round(bytes / 1e3), "kB"),
    };

    private static string Round(double value) => value.ToString(value == 0 || value >= 100 ? "F0" : value >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture);
}
