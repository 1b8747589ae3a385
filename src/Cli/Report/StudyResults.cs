using System.Text.Json;

namespace DiTFastAttn.Cli.Report;

/// <summary>A study's <c>results.json</c>, as far as a report reads it (docs/evaluation.md). What a newer study leaves out is empty.</summary>
internal sealed record StudyResults
{
    public const string FormatName = "ditfastattn-study/1";

    public const string FileName = "results.json";

    public string? Command { get; init; }

    /// <summary>Texts and numbers by name.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Environment { get; init; }

    /// <summary>The model: its name, or what is known of it.</summary>
    public JsonElement? Model { get; init; }

    public IReadOnlyList<string>? Notes { get; init; }

    public IReadOnlyList<Point>? Points { get; init; }

    public IReadOnlyList<ReportFigure>? Figures { get; init; }

    public IReadOnlyList<Table>? Tables { get; init; }

    public IReadOnlyList<ReportImage>? Images { get; init; }

    /// <summary>A run of the study.</summary>
    internal sealed record Point
    {
        public required string Name { get; init; }

        public string? Part { get; init; }

        public JsonElement? Settings { get; init; }

        public string? Plan { get; init; }

        public double? AttentionFlopsPercent { get; init; }

        public double? TotalFlopsPercent { get; init; }

        public double? Seconds { get; init; }

        public double? TransformerSeconds { get; init; }

        public double? AttentionSeconds { get; init; }

        public double? SearchSeconds { get; init; }

        public double? PeakStateBytes { get; init; }

        /// <summary>The point of full attention that it is compared with.</summary>
        public string? Reference { get; init; }

        public double? FullSeconds { get; init; }

        public double? FullTransformerSeconds { get; init; }

        public double? FullAttentionSeconds { get; init; }

        public IReadOnlyList<Picture>? PerPicture { get; init; }

        public IReadOnlyDictionary<string, double?>? Metrics { get; init; }

        public IReadOnlyList<string>? Pictures { get; init; }
    }

    /// <summary>What was measured of one picture.</summary>
    internal sealed record Picture(string Name, double? Psnr = null);

    /// <summary>A table: texts, numbers and nothing in its cells.</summary>
    internal sealed record Table(
        string Id,
        string Title,
        IReadOnlyList<ReportTable.Column> Columns,
        IReadOnlyList<IReadOnlyList<JsonElement>> Rows,
        string? Paper = null,
        IReadOnlyList<ReportTable.Column>? PaperColumns = null,
        IReadOnlyList<IReadOnlyList<JsonElement>>? PaperRows = null);
}
