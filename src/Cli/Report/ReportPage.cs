using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Report;

/// <summary>
/// The report as one page that needs nothing else: style sheet, program, data and pictures are inside. Data stand in the page as JSON in which nothing can end
/// the element, and the program makes text of them; the page's own policy lets no other program run and nothing be fetched.
/// </summary>
internal static class ReportPage
{
    private const string Folder = "Report/Page/";

    /// <summary>In the order in which they are joined.</summary>
    private static readonly string[] Programs = ["uplot.iife.min.js", "base.js", "summary.js", "plan.js", "pictures.js", "plots.js", "tables.js", "start.js"];

    private static readonly string[] Styles = ["uplot.min.css", "report.css"];

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // Escapes < > & and quotes, so that no text of the data can end the element that it stands in.
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <param name="content">What it says.</param>
    /// <param name="pictures">Its pictures.</param>
    /// <returns>Its size in bytes.</returns>
    public static long Write(string path, ReportContent content, PictureShelf pictures)
    {
        var style = string.Concat(Styles.Select(Read));
        var program = string.Concat(Programs.Select(Read));
        var parts = Read("report.html").Split("{{", StringSplitOptions.None);
        long size = 0;
        AtomicFile.Write(path, stream =>
        {
            Text(stream, parts[0]);
            foreach (var part in parts.Skip(1))
            {
                var end = part.IndexOf("}}", StringComparison.Ordinal);
                switch (part[..end])
                {
                    case "title": Text(stream, HtmlEncoder.Default.Encode(content.Title)); break;
                    case "style-hash": Text(stream, Hash(style)); break;
                    case "program-hash": Text(stream, Hash(program)); break;
                    case "style": Text(stream, style); break;
                    case "program": Text(stream, program); break;
                    case "content": JsonSerializer.Serialize(stream, content, Json); break;
                    case "pictures": pictures.Write(stream); break;
                    default: throw new InvalidOperationException($"report.html: nothing is known of '{part[..end]}'.");
                }

                Text(stream, part[(end + 2)..]);
            }

            size = stream.Length;
        });
        return size;
    }

    private static void Text(Stream stream, string text) => stream.Write(Encoding.UTF8.GetBytes(text));

    /// <summary>As a page's policy names what may run.</summary>
    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder + name)
            ?? throw new InvalidOperationException($"the program was built without '{Folder}{name}'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);

        // The hash is of what the browser sees, which has line ends of its own.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
