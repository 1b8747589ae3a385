using System.Text.Json;
using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Evaluate;

/// <summary>The prompt of each picture, for CLIPScore.</summary>
internal static class PictureCaptions
{
    /// <summary>Finds the prompts: of a file, of the set itself, or what <c>generate</c> wrote into each PNG.</summary>
    /// <param name="pictures">The set.</param>
    /// <param name="file">A prompt a line, or <see langword="null"/>.</param>
    /// <exception cref="UserErrorException">There is not one for each picture.</exception>
    public static IReadOnlyList<string> Of(PictureSet pictures, string? file)
    {
        if (file is not null)
        {
            string[] lines = File.Exists(file) ? [.. File.ReadAllLines(file).Where(line => line.Trim().Length > 0)] : throw new UserErrorException($"--prompts {file}: there is no such file.");
            return lines.Length == pictures.Count
                ? lines
                : throw new UserErrorException($"--prompts {file}: it has {lines.Length} prompts for {pictures.Count} pictures; give one a line for each picture, in the order of their names.");
        }

        return [.. pictures.Entries.Select((entry, index) => entry.Caption ?? Written(pictures, entry) ?? throw new UserErrorException(
            $"--clip: picture '{entry.Name}' of '{pictures.Name}' does not say its prompt; give --prompts FILE, one a line."))];
    }

    private static string? Written(PictureSet pictures, PictureEntry entry)
    {
        var path = Path.Combine(pictures.Name, entry.Name);
        if (!File.Exists(path) || !PngText.Read(path).TryGetValue(PictureFile.Keyword, out var settings))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(settings);
            return document.RootElement.TryGetProperty("prompt", out var prompt) ? prompt.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
