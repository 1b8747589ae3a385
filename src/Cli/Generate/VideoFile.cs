using System.Text.Encodings.Web;
using System.Text.Json;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Generate;

/// <summary>A video of a run as files, with the settings that make it again in them.</summary>
/// <param name="Path">The files' path without extension.</param>
/// <param name="Wish">What it shows.</param>
/// <param name="Settings">JSON of all that the video depends on.</param>
internal sealed record VideoFile(string Path, VideoWish Wish, string Settings)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private string Animated => Path + ".png";

    /// <summary>The files of a video.</summary>
    /// <param name="folder">Where the run writes.</param>
    /// <param name="wish">The video.</param>
    /// <param name="run">What is the same for all videos of the run.</param>
    public static VideoFile Of(string folder, VideoWish wish, IReadOnlyDictionary<string, object?> run)
    {
        var settings = new Dictionary<string, object?>(run, StringComparer.Ordinal)
        {
            ["video"] = wish.Number, ["prompt"] = wish.Prompt, ["references"] = wish.References, ["mask_strategy"] = wish.Strategy,
        };
        return new VideoFile(System.IO.Path.Combine(folder, wish.Name), wish, JsonSerializer.Serialize(settings, Json));
    }

    /// <summary>The files that are there.</summary>
    public IReadOnlyList<string> Existing => [.. new[] { Animated, Sheet, Path + ".mp4" }.Where(File.Exists)];

    /// <summary>By which a video is known to be whole.</summary>
    public string Sheet => Path + "-sheet.png";

    /// <summary>Whether the video is there, made with these settings; its sheet is written last.</summary>
    /// <param name="frames">Frames of the whole video.</param>
    /// <exception cref="UserErrorException">There is one that was made with others.</exception>
    public bool IsDone(int frames)
    {
        if (!File.Exists(Animated))
        {
            return false;
        }

        return PngText.Read(Animated).TryGetValue(PictureFile.Keyword, out var found) && found == Settings
            ? frames == 1 || File.Exists(Sheet)
            : throw new UserErrorException($"--resume: '{Animated}' was made with other settings; give another --out, or leave --resume out to replace it.");
    }

    /// <summary>Writes the video.</summary>
    /// <param name="frames">Its frames, taken as they come.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="fps">Frames a second.</param>
    /// <param name="encoder">What makes the MP4.</param>
    public VideoFiles Save(IEnumerable<RgbImage> frames, int count, double fps, string encoder) => VideoWriter.Write(
        Path, frames, count, fps, encoder, new Dictionary<string, string>(StringComparer.Ordinal) { ["Software"] = "ditfast", [PictureFile.Keyword] = Settings });
}
