using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DiTFastAttn.Models;

/// <summary>Prompts as OpenSora v1.1's scripts read them.</summary>
public static class VideoPrompt
{
    private const string LoopStart = "|0|";

    /// <summary>Takes the JSON off a prompt that ends in an object or list, for example <c>A cliff.{"reference_path": "cliff.png"}</c>.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <returns>The text before the first bracket, and what the JSON says; an empty object where there is none.</returns>
    /// <exception cref="FormatException">There is a second bracket, or it is not JSON.</exception>
    public static (string Text, JsonNode Info) SplitInfo(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var start = prompt.IndexOfAny(['{', '[']);
        if (start < 0)
        {
            return (prompt, new JsonObject());
        }

        if (prompt.AsSpan(start + 1).IndexOfAny('{', '[') is >= 0 and var second)
        {
            throw new FormatException(
                $"prompt '{prompt}': a second {{ or [ at character {start + second + 2}; one object without others in it may end a prompt, and no other text may have brackets.");
        }

        try
        {
            return (prompt[..start], JsonNode.Parse(prompt[start..]) ?? throw new FormatException($"prompt '{prompt}': null is no object."));
        }
        catch (JsonException error)
        {
            throw new FormatException($"prompt '{prompt}': what begins at character {start + 1} is not JSON.", error);
        }
    }

    /// <summary>
    /// The text of every loop of a long video: <c>|0|a lake|3|a storm</c> changes it at loop 3; any other prompt is the text of all.
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="loops">Loops.</param>
    /// <exception cref="FormatException">A start is no number, a text is missing, or the starts do not fit the loops.</exception>
    public static IReadOnlyList<string> OfLoops(string prompt, int loops)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentOutOfRangeException.ThrowIfLessThan(loops, 1);
        if (!prompt.StartsWith(LoopStart, StringComparison.Ordinal))
        {
            return [.. Enumerable.Repeat(prompt, loops)];
        }

        var parts = prompt.Split('|')[1..];
        if (parts.Length % 2 != 0)
        {
            throw new FormatException($"prompt '{prompt}': a start without a text at its end; write |0|text|3|text, without a | behind the last text.");
        }

        var texts = new List<string>();
        for (var i = 0; i < parts.Length; i += 2)
        {
            var start = Start(parts[i]);
            var end = i + 2 < parts.Length ? Start(parts[i + 2]) : loops;
            texts.AddRange(Enumerable.Repeat(parts[i + 1], Math.Max(0, end - start)));
        }

        return texts.Count == loops
            ? texts
            : throw new FormatException($"prompt '{prompt}': its starts give texts for {texts.Count} loops; there are {loops}.");

        int Start(string text) => int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var start)
            ? start
            : throw new FormatException($"prompt '{prompt}': '{text}' stands where a loop's number is needed, as in |0|text|3|text.");
    }
}
