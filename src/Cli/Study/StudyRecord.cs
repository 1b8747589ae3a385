namespace DiTFastAttn.Cli.Study;

/// <summary>A study's results: the file <c>results.json</c>, which the report reads (docs/evaluation.md).</summary>
internal sealed record StudyRecord
{
    public const string FormatName = "ditfastattn-study/1";

    /// <summary>The file's name in the study's folder.</summary>
    public const string FileName = "results.json";

    public string Format { get; init; } = FormatName;

    /// <summary>The command line that makes it again.</summary>
    public required string Command { get; init; }

    public required EnvironmentRecord Environment { get; init; }

    /// <summary>What the user called the model.</summary>
    public required string Model { get; init; }

    /// <summary>The study as it was run.</summary>
    public required StudySettings Study { get; init; }

    /// <summary>What a reader of the results has to know.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public required IReadOnlyList<PointRecord> Points { get; init; }

    public required IReadOnlyList<FigureRecord> Figures { get; init; }

    public required IReadOnlyList<TableRecord> Tables { get; init; }

    public required IReadOnlyList<ImageRecord> Images { get; init; }
}
