namespace DiTFastAttn.Models;

/// <summary>Configuration of a <see cref="ClipModel"/>, in the vocabulary of the published <c>config.json</c>.</summary>
public sealed record ClipConfig
{
    private const string Model = "CLIP";

    /// <summary>The text tower (<c>text_config</c>).</summary>
    public ClipTextConfig Text { get; init; } = new();

    /// <summary>The vision tower (<c>vision_config</c>).</summary>
    public ClipVisionConfig Vision { get; init; } = new();

    /// <summary>Width of the space that texts and pictures share (<c>projection_dim</c>).</summary>
    public int ProjectionDim { get; init; } = 512;

    /// <summary>Reads a configuration. Unknown keys are ignored, absent ones take the published library's defaults.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static ClipConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, Model);
        _ = config.Choice("model_type", 0, ("clip", 0));
        var result = new ClipConfig
        {
            Text = ClipTextConfig.Parse(config.Object("text_config") ?? "{}"),
            Vision = ClipVisionConfig.Parse(config.Object("vision_config") ?? "{}"),
            ProjectionDim = config.Int("projection_dim", 512),
        };
        result.Validate();
        return result;
    }

    /// <summary>Checks that such a model can exist.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        Text.Validate();
        Vision.Validate();
        ConfigChecks.AtLeast(Model, "projection_dim", ProjectionDim, 1);
    }
}
