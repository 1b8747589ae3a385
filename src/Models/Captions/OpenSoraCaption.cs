namespace DiTFastAttn.Models;

/// <summary>Prompts as OpenSora prepares them for the tokenizer: PixArt's cleaning, but for white space that is stripped once more.</summary>
public static class OpenSoraCaption
{
    /// <summary>A prompt as the text encoder is given it: cleaned twice.</summary>
    /// <param name="prompt">The user's prompt.</param>
    public static string Prepare(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return CleanOnce(CleanOnce(prompt));
    }

    /// <summary>One pass of cleaning.</summary>
    internal static string CleanOnce(string prompt) => PixArtCaption.CleanOnce(prompt, stripsRepaired: true);
}
