using System.Text;
using System.Text.Json;
using DiTFastAttn.Cli.Study;
using DiTFastAttn.Models;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Report;

/// <summary>The picture files of a page, read; as many as it may hold.</summary>
internal sealed class PictureShelf
{
    /// <summary>Of what is missing so many are named.</summary>
    private const int MostNamed = 10;

    private readonly string _folder;
    private readonly Dictionary<string, Content?> _read = new(StringComparer.Ordinal);
    private readonly List<string> _missing = [];

    private PictureShelf(string folder) => _folder = folder;

    /// <summary>Runs' pictures in the page.</summary>
    public IReadOnlyList<ReportComparison> Comparisons { get; private set; } = [];

    /// <summary>Drawings in the page.</summary>
    public IReadOnlyList<ImageRecord> Images { get; private set; } = [];

    /// <summary>Picture files in the page.</summary>
    public int Shown => _read.Values.Count(content => content is not null);

    /// <summary>Picture files that there are, or that are named.</summary>
    public int Found { get; private set; }

    /// <summary>Reads the drawings first, then of every run the first picture, the second, and so on. What is missing or damaged is noted.</summary>
    /// <param name="builder">What was found.</param>
    /// <param name="most">Files.</param>
    public static PictureShelf Fill(ReportBuilder builder, int most)
    {
        var shelf = new PictureShelf(Path.GetFullPath(builder.Folder));
        shelf.Found = builder.Images.Select(image => image.File)
            .Concat(builder.Pictures.SelectMany(run => run.Files.SelectMany(picture => run.References.TryGetValue(picture.Name, out var reference) ? [picture.File, reference] : (string[])[picture.File])))
            .Distinct(StringComparer.Ordinal).Count();
        shelf.Images = [.. builder.Images.Where(image => shelf.Shown < most && shelf.Take(image.File) is not null).Select(image => image with { File = shelf.NameOf(image.File) })];
        var pairs = builder.Pictures.ConvertAll(_ => new List<ReportComparison.Pair>());
        for (var place = 0; place < builder.Pictures.Select(run => run.Files.Count).DefaultIfEmpty(0).Max(); place++)
        {
            for (var run = 0; run < builder.Pictures.Count && shelf.Shown < most; run++)
            {
                if (place < builder.Pictures[run].Files.Count && shelf.Pair(builder.Pictures[run], place, most) is { } pair)
                {
                    pairs[run].Add(pair);
                }
            }
        }

        shelf.Comparisons = [.. builder.Pictures.Zip(pairs).Where(run => run.Second.Count > 0).Select(run => new ReportComparison(run.First.Name, run.Second, run.First.Files.Count))];
        if (shelf._missing.Count > 0)
        {
            var more = shelf._missing.Count > MostNamed ? Invariant($", and {shelf._missing.Count - MostNamed} more") : "";
            builder.Notes.Add(Invariant($"{shelf._missing.Count} of {shelf.Found} picture files are missing or cannot be read: {string.Join(", ", shelf._missing.Take(MostNamed))}{more}."));
        }

        return shelf;
    }

    /// <summary>Writes the files as JSON that stands inside a page: names, and data URIs.</summary>
    public void Write(Stream stream)
    {
        var isFirst = true;
        stream.Write("{"u8);
        foreach (var (path, content) in _read.Where(entry => entry.Value is not null))
        {
            stream.Write(Encoding.UTF8.GetBytes($"{(isFirst ? "" : ",")}\n{JsonSerializer.Serialize(NameOf(path))}:\"data:{content!.MediaType};base64,{Convert.ToBase64String(content.Bytes)}\""));
            isFirst = false;
        }

        stream.Write("}"u8);
    }

    private ReportComparison.Pair? Pair(ReportBuilder.PictureRun run, int place, int most)
    {
        var (name, file) = run.Files[place];
        var reference = run.References.GetValueOrDefault(name);
        var needed = new[] { file, reference }.Count(path => path is not null && !_read.ContainsKey(path));
        if (Shown + needed > most || Take(file) is not { } own)
        {
            return null;
        }

        var other = reference is null ? null : Take(reference);
        double? psnr = run.Psnr.TryGetValue(name, out var known) ? known : other is null ? null : Psnr(own, other);
        return new ReportComparison.Pair(name, other is null ? null : NameOf(reference!), NameOf(file), psnr);
    }

    private string NameOf(string path) => Path.GetRelativePath(_folder, path).Replace('\\', '/');

    private Content? Take(string path)
    {
        if (_read.TryGetValue(path, out var known))
        {
            return known;
        }

        Content? content = null;
        try
        {
            var bytes = File.ReadAllBytes(path);
            content = MediaTypeOf(bytes, path) is { } type ? new Content(bytes, type, path) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Told of below, as one that holds no picture.
        }

        if (content is null)
        {
            _missing.Add(NameOf(path));
        }

        _read[path] = content;
        return content;
    }

    /// <summary>By the file's first bytes: what a browser would refuse is no picture.</summary>
    private static string? MediaTypeOf(ReadOnlySpan<byte> bytes, string path) => bytes switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "image/webp",
        [(byte)'<', ..] when path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase) => "image/svg+xml",
        _ => null,
    };

    /// <summary>10·log₁₀(255² / mean squared difference), of pictures of one size.</summary>
    private static double? Psnr(Content a, Content b)
    {
        if (a.Image is not { } first || b.Image is not { } second || (first.Width, first.Height) != (second.Width, second.Height))
        {
            return null;
        }

        ReadOnlySpan<byte> x = first.Pixels.Span, y = second.Pixels.Span;
        long sum = 0;
        for (var i = 0; i < x.Length; i++)
        {
            sum += (x[i] - y[i]) * (x[i] - y[i]);
        }

        return 10 * Math.Log10(255.0 * 255.0 * x.Length / sum);
    }

    /// <summary>A file's bytes; its pixels when they are asked for.</summary>
    private sealed class Content(byte[] bytes, string mediaType, string path)
    {
        private readonly Lazy<RgbImage?> _image = new(() => Decode(bytes, path));

        public byte[] Bytes => bytes;

        public string MediaType => mediaType;

        /// <summary><see langword="null"/> where it is damaged, a video (its first frame says little), or no picture of pixels.</summary>
        public RgbImage? Image => _image.Value;

        private static RgbImage? Decode(byte[] bytes, string path)
        {
            // A PNG's chunk acTL stands before the first IDAT where it is animated.
            if (bytes.AsSpan().IndexOf("acTL"u8) is var animation and >= 0 && animation < bytes.AsSpan().IndexOf("IDAT"u8))
            {
                return null;
            }

            try
            {
                return PictureReader.Read(bytes, path);
            }
            catch (InvalidDataException)
            {
                return null;
            }
        }
    }
}
