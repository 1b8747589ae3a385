using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Generate;

/// <summary>One video of a run.</summary>
/// <param name="Number">Its number in the run, from 0: with the seed it decides the noise.</param>
/// <param name="Name">Its files' name without extension.</param>
/// <param name="Prompt">What the user wrote.</param>
internal sealed record VideoWish(int Number, string Name, string Prompt)
{
    /// <summary>The text of each clip.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>Pictures to begin from, by their files.</summary>
    public required IReadOnlyList<string> References { get; init; }

    /// <summary>Where they go.</summary>
    public required string? Strategy { get; init; }

    /// <summary>Reads a prompt as OpenSora's scripts do: a JSON object at its end may name references and strategy, and <c>|0|a|3|b</c> changes the text at a clip.</summary>
    /// <param name="number">The video's number.</param>
    /// <param name="name">Its files' name.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="loops">Clips.</param>
    /// <param name="references">References where the prompt names none.</param>
    /// <param name="strategy">The strategy where the prompt has none.</param>
    /// <exception cref="UserErrorException">The prompt or the strategy is malformed.</exception>
    public static VideoWish Of(int number, string name, string prompt, int loops, IReadOnlyList<string> references, string? strategy)
    {
        try
        {
            var (text, info) = VideoPrompt.SplitInfo(prompt);
            IReadOnlyList<string> files = Field(prompt, info, "reference_path") is { } paths ? paths.Split(';') : references;
            return new VideoWish(number, name, prompt)
            {
                Texts = VideoPrompt.OfLoops(text, loops),
                References = files,
                Strategy = Field(prompt, info, "mask_strategy") ?? strategy ?? (files.Count > 0 ? "0" : null),
            };
        }
        catch (FormatException error)
        {
            throw new UserErrorException($"--prompt: {error.Message}", error);
        }
    }

    /// <summary>Refuses what the first clip cannot be given.</summary>
    /// <param name="frames">Frames of a clip.</param>
    /// <exception cref="UserErrorException">The strategy is malformed or names what is not there.</exception>
    public void Check(int frames)
    {
        try
        {
            _ = Models.MaskStrategy.Apply(Strategy, 0, [.. References.Select(_ => 1)], frames);
        }
        catch (FormatException error)
        {
            throw new UserErrorException($"--mask-strategy: {error.Message}", error);
        }
    }

    private static string? Field(string prompt, JsonNode info, string name) => (info as JsonObject)?[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw new FormatException($"prompt '{prompt}': {name} has to be a text."),
    };
}
