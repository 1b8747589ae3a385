using DiTFastAttn.Cli.Study;

namespace DiTFastAttn.Cli.Report;

/// <summary>All runs in one table: what each costs and is worth.</summary>
internal static class RunTable
{
    private static readonly (string Name, string? Unit, Func<ReportPoint, double?> Of)[] Columns =
    [
        ("attention FLOPs left", "%", point => point.AttentionFlopsPercent),
        ("FLOPs left", "%", point => point.TotalFlopsPercent),
        ("whole", "s", point => point.Seconds),
        ("transformer", "s", point => point.TransformerSeconds),
        ("attention", "s", point => point.AttentionSeconds),
        ("speed-up", "×", point => point.Speedup),
        ("PSNR", "dB", point => point.Metric("psnr")),
        ("worst PSNR", "dB", point => point.Metric("psnr_min")),
        ("SSIM", null, point => point.Metric("ssim")),
        ("latent error", null, point => point.Metric("latent_relative_error")),
        ("FID", null, point => point.Metric("fid")),
        ("Inception Score", null, point => point.Metric("inception_score")),
        ("CLIPScore", null, point => point.Metric("clip_score")),
        ("residuals and outputs", "MB", point => point.PeakStateBytes / 1e6),
        ("search", "s", point => point.SearchSeconds),
    ];

    /// <summary>The table, of the columns that some run has.</summary>
    public static TableRecord Of(IReadOnlyList<ReportPoint> points)
    {
        var columns = Columns.Where(column => points.Any(point => column.Of(point) is not null)).ToList();
        var hasParts = points.Any(point => point.Part is not null);
        return new TableRecord(
            "runs",
            "All runs",
            Paper: null,
            [new("run"), .. hasParts ? [new TableRecord.Column("part")] : Array.Empty<TableRecord.Column>(), .. columns.Select(column => new TableRecord.Column(column.Name, column.Unit))],
            [.. points.Select(point => (IReadOnlyList<object?>)[point.Name, .. hasParts ? [point.Part] : Array.Empty<object?>(), .. columns.Select(column => (object?)column.Of(point))])]);
    }
}
