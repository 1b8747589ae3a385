using DiTFastAttn.Cli.Study;

namespace DiTFastAttn.Cli.Report;

/// <summary>All that a report says: what the page is made of, and what <c>--json</c> writes.</summary>
internal sealed record ReportContent
{
    public const string FormatName = "ditfastattn-report/1";

    public string Format { get; init; } = FormatName;

    public required string Title { get; init; }

    /// <summary>The folder, as the user named it.</summary>
    public required string Folder { get; init; }

    /// <summary>What was found there: a study, an evaluation, …</summary>
    public required IReadOnlyList<string> Found { get; init; }

    /// <summary>The run whose summary is seen first, and the rule that chose it.</summary>
    public required ReportChoice? First { get; init; }

    /// <summary>What was measured, run by run.</summary>
    public required IReadOnlyList<ReportPoint> Points { get; init; }

    public required IReadOnlyList<ReportSummary> Summaries { get; init; }

    public required IReadOnlyList<ReportPlan> Plans { get; init; }

    public required IReadOnlyList<ReportComparison> Comparisons { get; init; }

    public required IReadOnlyList<ReportFigure> Figures { get; init; }

    public required IReadOnlyList<TableRecord> Tables { get; init; }

    /// <summary>Drawings: attention maps, similarities and the like.</summary>
    public required IReadOnlyList<ImageRecord> Images { get; init; }

    /// <summary>Picture files in the page, and all that were found.</summary>
    public required ReportCount Pictures { get; init; }

    /// <summary>Command lines that make the results again.</summary>
    public required IReadOnlyList<string> Commands { get; init; }

    /// <summary>Where they were made.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>What a reader has to know, pictures that are missing among it.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>A choice and the reason.</summary>
    internal sealed record ReportChoice(string Name, string Reason);

    /// <summary>How many of how many.</summary>
    internal sealed record ReportCount(int Shown, int Found);
}
