namespace DiTFastAttn.Models;

/// <summary>Configuration of a <see cref="ClipTextModel"/> (<c>text_config</c>). The defaults are the published library's, those of ViT-B.</summary>
public sealed record ClipTextConfig
{
    private const string Model = "CLIP text";

    /// <summary>Sizes of the layers.</summary>
    public ClipTowerConfig Tower { get; init; } = new();

    /// <summary>Rows of the token table (<c>vocab_size</c>).</summary>
    public int VocabSize { get; init; } = 49408;

    /// <summary>Longest text in tokens (<c>max_position_embeddings</c>).</summary>
    public int MaxPositionEmbeddings { get; init; } = 77;

    /// <summary>
    /// The token whose first position is pooled (<c>eos_token_id</c>). 2 stands in old files, whose real one differs: there the position of the
    /// largest id is pooled.
    /// </summary>
    public int EosTokenId { get; init; } = 49407;

    /// <summary>Reads a configuration. Unknown keys are ignored, absent ones take the defaults.</summary>
    /// <param name="json">A JSON object.</param>
    /// <exception cref="FormatException">It is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public static ClipTextConfig Parse(string json)
    {
        using var config = ConfigJson.Parse(json, Model);
        var defaults = new ClipTextConfig();
        var result = new ClipTextConfig
        {
            Tower = ClipTowerConfig.Read(config, defaults.Tower),
            VocabSize = config.Int("vocab_size", defaults.VocabSize),
            MaxPositionEmbeddings = config.Int("max_position_embeddings", defaults.MaxPositionEmbeddings),
            EosTokenId = config.Int("eos_token_id", defaults.EosTokenId),
        };
        result.Validate();
        return result;
    }

    /// <summary>Checks that such a model can exist.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message names it and what would be right.</exception>
    public void Validate()
    {
        Tower.Validate(Model);
        ConfigChecks.AtLeast(Model, "vocab_size", VocabSize, 1);
        ConfigChecks.AtLeast(Model, "max_position_embeddings", MaxPositionEmbeddings, 1);
    }
}
