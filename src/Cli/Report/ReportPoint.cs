namespace DiTFastAttn.Cli.Report;

/// <summary>One run that was measured. What was not measured is <see langword="null"/>.</summary>
internal sealed record ReportPoint
{
    /// <summary>The name of the run that computes attention in full everywhere.</summary>
    public const string Full = "full";

    public required string Name { get; init; }

    /// <summary>The part of a study that it belongs to.</summary>
    public string? Part { get; init; }

    /// <summary>What the run was told, by name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Multiply-accumulates of the attention that are left, of 100.</summary>
    public double? AttentionFlopsPercent { get; init; }

    /// <summary>Multiply-accumulates of the whole transformer that are left, of 100.</summary>
    public double? TotalFlopsPercent { get; init; }

    /// <summary>The whole generation.</summary>
    public double? Seconds { get; init; }

    /// <summary>Calls of the transformer in it.</summary>
    public double? TransformerSeconds { get; init; }

    /// <summary>Attention in those.</summary>
    public double? AttentionSeconds { get; init; }

    public double? SearchSeconds { get; init; }

    /// <summary>Residuals and kept outputs, most at a time.</summary>
    public double? PeakStateBytes { get; init; }

    /// <summary>Most memory of the process.</summary>
    public double? ProcessBytes { get; init; }

    /// <summary>Quality by name, as <c>evaluate</c> calls it: <c>psnr</c>, <c>ssim</c>, <c>fid</c>, …</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Whether it is what others are compared with.</summary>
    public bool IsReference { get; init; }

    /// <summary>The name of the run that its quality is measured against, where there are several.</summary>
    public string? Reference { get; init; }

    /// <summary>The run with full attention that it is compared with.</summary>
    public ReportTimes? Against { get; init; }

    /// <summary>How many times as fast it is as that.</summary>
    public double? Speedup => Seconds > 0 ? Against?.Seconds / Seconds : null;

    /// <summary>A metric, or <see langword="null"/>.</summary>
    public double? Metric(string name) => Metrics.TryGetValue(name, out var value) ? value : null;

    /// <summary>Seconds, as those of the point.</summary>
    internal sealed record ReportTimes(double? Seconds, double? TransformerSeconds = null, double? AttentionSeconds = null);
}
