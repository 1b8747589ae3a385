namespace DiTFastAttn.Models;

/// <summary>One picture of a run.</summary>
/// <param name="Number">Its number in the run, from 0: with the seed it decides the noise.</param>
public sealed record PictureRequest(int Number)
{
    /// <summary>The class, for models that draw classes.</summary>
    public int? Label { get; init; }

    /// <summary>The prompt, for models that draw from text.</summary>
    public string? Prompt { get; init; }

    /// <summary>What the picture is not to show, for models that draw from text.</summary>
    public string NegativePrompt { get; init; } = "";
}
