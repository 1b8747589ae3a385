using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Generate;

/// <summary>A picture of a run as a file, with the settings that make it again in its metadata.</summary>
/// <param name="Path">The file.</param>
/// <param name="Picture">What it shows.</param>
/// <param name="Settings">JSON of all that the picture depends on.</param>
internal sealed record PictureFile(string Path, PictureRequest Picture, string Settings)
{
    /// <summary>The keyword of the metadata.</summary>
    public const string Keyword = "ditfast";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file of a picture.</summary>
    /// <param name="folder">Where the run writes.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="run">What is the same for all pictures of the run.</param>
    public static PictureFile Of(string folder, PictureRequest picture, IReadOnlyDictionary<string, object?> run)
    {
        var settings = new Dictionary<string, object?>(run, StringComparer.Ordinal) { ["picture"] = picture.Number };
        if (picture.Label is { } label)
        {
            settings["label"] = label;
        }

        if (picture.Prompt is { } prompt)
        {
            settings["prompt"] = prompt;
            settings["negative_prompt"] = picture.NegativePrompt;
        }

        return new PictureFile(
            System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{picture.Number:00000}.png")),
            picture,
            JsonSerializer.Serialize(settings, Json));
    }

    /// <summary>Whether the picture is there, made with these settings.</summary>
    /// <exception cref="UserErrorException">There is one that was made with others.</exception>
    public bool IsDone()
    {
        if (!File.Exists(Path))
        {
            return false;
        }

        return PngText.Read(Path).TryGetValue(Keyword, out var found) && found == Settings
            ? true
            : throw new UserErrorException($"--resume: '{Path}' was made with other settings; give another --out, or leave --resume out to replace it.");
    }

    /// <summary>Writes the picture.</summary>
    public void Save(RgbImage image)
        => image.SavePng(Path, new Dictionary<string, string>(StringComparer.Ordinal) { ["Software"] = "ditfast", [Keyword] = Settings });
}
