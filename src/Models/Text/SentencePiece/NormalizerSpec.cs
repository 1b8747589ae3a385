namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>What a model file says about normalising text; the defaults are the format's.</summary>
internal sealed record NormalizerSpec
{
    /// <summary>The precompiled table of replacements, or empty.</summary>
    public ReadOnlyMemory<byte> CharsMap { get; init; }

    /// <summary>Whether a space is put before (or behind) the text.</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Whether spaces at the ends go, and runs of them become one.</summary>
    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary>Whether spaces become U+2581.</summary>
    public bool EscapeWhitespaces { get; init; } = true;
}
