using System.Text.Json.Serialization;

namespace DiTFastAttn.Cli.Study;

/// <summary>A part of a study: a table or a figure of the paper. It has the fields of its kind; the others are <see langword="null"/>.</summary>
/// <param name="Part">Its kind, one of <see cref="StudyParts"/>.</param>
internal sealed record StudyPart(string Part)
{
    /// <summary>Thresholds δ of plan searches.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Thresholds { get; init; }

    /// <summary>Strategies; <c>all</c> for those of the paper together.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Strategies { get; init; }

    /// <summary>Numbers of denoising steps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Steps { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? NegativePrompts { get; init; }

    /// <summary>The threshold of the plan that is drawn.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Threshold { get; init; }

    /// <summary>The step whose attention maps are drawn.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Step { get; init; }
}
