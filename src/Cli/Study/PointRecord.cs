using System.Text.Json.Serialization;

namespace DiTFastAttn.Cli.Study;

/// <summary>A finished point: the file <c>points/NAME.json</c> (docs/evaluation.md).</summary>
internal sealed record PointRecord
{
    public const string FormatName = "ditfastattn-study-point/1";

    public string Format { get; init; } = FormatName;

    public required string Name { get; init; }

    /// <summary>The first part that wants it.</summary>
    public required string Part { get; init; }

    /// <summary>All that it depends on.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>A hash of the settings.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The plan's file in the folder.</summary>
    public string? Plan { get; init; }

    /// <summary>The point of full attention that it is compared with.</summary>
    public string? Reference { get; init; }

    /// <summary>Of the sites that plans compress.</summary>
    public double AttentionFlopsPercent { get; init; }

    /// <summary>Of those and of the feed-forwards, where the model declares them.</summary>
    public double TotalFlopsPercent { get; init; }

    /// <summary>Counted as a batch was computed, at the sites that plans compress.</summary>
    public long? CountedMultiplyAccumulates { get; init; }

    /// <summary>The same by the plan's formulas.</summary>
    public long? PredictedMultiplyAccumulates { get; init; }

    public int PicturesCount { get; init; }

    /// <summary>Pictures of the batch that was timed.</summary>
    public int Batch { get; init; }

    /// <summary>Seconds of one batch, the least of all rounds.</summary>
    public double? Seconds { get; init; }

    public double? TransformerSeconds { get; init; }

    public double? AttentionSeconds { get; init; }

    /// <summary>The same with full attention everywhere, in the same rounds.</summary>
    public double? FullSeconds { get; init; }

    public double? FullTransformerSeconds { get; init; }

    public double? FullAttentionSeconds { get; init; }

    public double? SearchSeconds { get; init; }

    /// <summary>What the search computed, in whole model calls.</summary>
    public double? SearchForwardEquivalents { get; init; }

    /// <summary>Most bytes of residuals and kept outputs at a time.</summary>
    public long? PeakStateBytes { get; init; }

    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    public IReadOnlyList<PictureRecord> PerPicture { get; init; } = [];

    /// <summary>Files in the folder.</summary>
    public IReadOnlyList<string> Pictures { get; init; } = [];

    /// <summary>Curves that the point itself is, where attention was looked at.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FigureRecord>? Figures { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ImageRecord>? Images { get; init; }

    /// <summary>A picture against that of full attention.</summary>
    /// <param name="Name">Its file's name.</param>
    /// <param name="Psnr">dB, of the pixels as they were written.</param>
    /// <param name="Ssim">Of the same.</param>
    /// <param name="LatentRelativeError">‖x − x_full‖ / ‖x_full‖ of the last latents.</param>
    internal sealed record PictureRecord(string Name, double Psnr, double Ssim, double LatentRelativeError);
}
