using System.Buffers.Binary;
using System.Text;

namespace DiTFastAttn.Models;

/// <summary>Texts in PNG files: the chunks <c>iTXt</c> that are not compressed, as <see cref="PngWriter"/> writes them.</summary>
public static class PngText
{
    internal const string Chunk = "iTXt";

    private const int Signature = 8;
    private const int LargestText = 1 << 24;

    /// <summary>Reads a file's texts.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Texts by keyword; none where the file is no PNG, or is cut off before them.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        using var stream = File.OpenRead(path);
        var header = new byte[Signature];
        if (stream.ReadAtLeast(header, Signature, throwOnEndOfStream: false) < Signature || header[1] != 'P' || header[2] != 'N' || header[3] != 'G')
        {
            return texts;
        }

        while (stream.ReadAtLeast(header, Signature, throwOnEndOfStream: false) == Signature)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(header);
            var type = Encoding.ASCII.GetString(header, 4, 4);
            if (length > stream.Length - stream.Position)
            {
                break;
            }

            if (type != Chunk || length > LargestText)
            {
                stream.Seek(length + 4, SeekOrigin.Current);
                continue;
            }

            var content = new byte[length];
            stream.ReadExactly(content);
            stream.Seek(4, SeekOrigin.Current);
            Add(texts, content);
        }

        return texts;
    }

    /// <summary>keyword 0 compressed method language 0 translated 0 text</summary>
    private static void Add(Dictionary<string, string> texts, ReadOnlySpan<byte> content)
    {
        var keyword = content.IndexOf((byte)0);
        if (keyword < 0 || content.Length < keyword + 3 || content[keyword + 1] != 0)
        {
            return;
        }

        var rest = content[(keyword + 3)..];
        for (var part = 0; part < 2; part++)
        {
            var end = rest.IndexOf((byte)0);
            if (end < 0)
            {
                return;
            }

            rest = rest[(end + 1)..];
        }

        texts[Encoding.Latin1.GetString(content[..keyword])] = Encoding.UTF8.GetString(rest);
    }
}
