using System.Text.Json;

namespace DiTFastAttn.Evaluation;

/// <summary>
/// MS COCO's folder (<c>data/mscoco</c>): captions in <c>annotations/captions_SPLIT.json</c>, pictures in <c>SPLIT/</c>. A picture has several captions; its
/// first one, by the annotations' number, counts. Pictures come in the order of their number.
/// </summary>
internal sealed class CocoPictures : PictureSet
{
    private const string Prefix = "captions_";

    private readonly string _images;

    /// <summary>Opens the folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="captions">Its list of captions.</param>
    /// <exception cref="EvaluationException">The list is damaged, or its pictures are not there.</exception>
    public CocoPictures(string folder, string captions)
        : base(folder)
    {
        var split = Path.GetFileNameWithoutExtension(captions)[Prefix.Length..];
        _images = ((string[])[split, Path.Combine("images", split), "images"]).Select(name => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists)
            ?? throw new EvaluationException($"'{captions}': its pictures are not there; they are looked for in '{Path.Combine(folder, split)}'.");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(captions));
            var first = document.RootElement.GetProperty("annotations").EnumerateArray()
                .Select(a => (Image: a.GetProperty("image_id").GetInt64(), Id: a.GetProperty("id").GetInt64(), Text: a.GetProperty("caption").GetString()!.Trim()))
                .OrderBy(a => a.Id)
                .GroupBy(a => a.Image)
                .ToDictionary(group => group.Key, group => group.First().Text);
            Entries = [.. document.RootElement.GetProperty("images").EnumerateArray()
                .Select(image => (Id: image.GetProperty("id").GetInt64(), Name: image.GetProperty("file_name").GetString()!))
                .Where(image => first.ContainsKey(image.Id))
                .OrderBy(image => image.Id)
                .Select(image => new PictureEntry(image.Name, Length(image.Name), Class: null, first[image.Id]))];
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new EvaluationException($"'{captions}': it is not MS COCO's list of captions ({error.Message.Split('\n')[0]}).", error);
        }
    }

    public override IReadOnlyList<PictureEntry> Entries { get; }

    /// <summary>The list of captions of a folder: of the validation pictures of 2014, which PixArt's numbers are of, where there are several.</summary>
    public static string? Find(string folder)
    {
        var annotations = Path.Combine(folder, "annotations");
        return Directory.Exists(annotations)
            ? Directory.GetFiles(annotations, Prefix + "*.json")
                .OrderBy(file => Path.GetFileName(file) != Prefix + "val2014.json").ThenBy(file => file, StringComparer.Ordinal).FirstOrDefault()
            : null;
    }

    public override byte[] ReadBytes(int index) => File.ReadAllBytes(Path.Combine(_images, Entries[index].Name));

    private long Length(string name)
    {
        var file = new FileInfo(Path.Combine(_images, name));
        return file.Exists && Path.GetFileName(name) == name
            ? file.Length
            : throw new EvaluationException($"'{Name}': the picture '{name}' of its captions is not in '{_images}'.");
    }
}
