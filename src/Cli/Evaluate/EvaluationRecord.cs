using System.Text.Json.Serialization;

namespace DiTFastAttn.Cli.Evaluate;

/// <summary>What an evaluation found: the file <c>evaluation.json</c>, which the report reads (docs/evaluation.md).</summary>
internal sealed record EvaluationRecord
{
    public const string FormatName = "ditfastattn-evaluation/1";

    /// <summary>The file's name in the folder of results.</summary>
    public const string FileName = "evaluation.json";

    public string Format { get; init; } = FormatName;

    /// <summary>The command line that makes it again.</summary>
    public required string Command { get; init; }

    public required SetRecord Pictures { get; init; }

    public SetRecord? Real { get; init; }

    public SetRecord? Reference { get; init; }

    /// <summary>The metrics by name, in the order they are shown.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>What was measured of each picture, by name of the picture.</summary>
    public required IReadOnlyList<PictureRecord> PerPicture { get; init; }

    /// <summary>What the numbers depend on.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>What a reader of the numbers has to know.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public required EnvironmentRecord Environment { get; init; }

    public int Workers { get; init; }

    public double Seconds { get; init; }

    /// <summary>A set of pictures.</summary>
    /// <param name="Name">What the user called it.</param>
    /// <param name="Count">Pictures that were measured; <see langword="null"/> where statistics do not say.</param>
    /// <param name="Fingerprint">Of names and sizes of its files.</param>
    /// <param name="Sizes">Sizes in pixels, the most frequent first.</param>
    /// <param name="Skipped">Pictures that could not be read.</param>
    internal sealed record SetRecord(
        string Name, long? Count, string? Fingerprint, IReadOnlyList<SizeRecord> Sizes, IReadOnlyList<SkippedRecord> Skipped);

    /// <summary>A size of pictures.</summary>
    internal sealed record SizeRecord(int Width, int Height, int Count);

    /// <summary>A picture that could not be read, and why.</summary>
    internal sealed record SkippedRecord(string Name, string Reason);

    /// <summary>What was measured of one picture.</summary>
    internal sealed record PictureRecord(
        string Name,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Psnr = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Ssim = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Lpips = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? ClipScore = null);
}
