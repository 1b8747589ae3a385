using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace DiTFastAttn.Models;

/// <summary>Writes PNG files (ISO/IEC 15948): 8-bit RGB, each row with the filter that leaves the smallest numbers.</summary>
public static class PngWriter
{
    private const int BytesPerPixel = 3;
    private const int Filters = 5;

    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Writes a picture.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="image">The picture.</param>
    /// <param name="texts">Texts by keyword, 1 to 79 Latin-1 characters each, as <see cref="PngText.Read"/> reads them.</param>
    public static void Write(Stream stream, RgbImage image, IReadOnlyDictionary<string, string>? texts = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(image);
        WriteHeader(stream, image);
        WriteTexts(stream, texts);
        WriteChunk(stream, "IDAT", Compress(image, CompressionLevel.SmallestSize));
        WriteChunk(stream, "IEND", []);
    }

    /// <summary>The signature and the chunk that says the size.</summary>
    internal static void WriteHeader(Stream stream, RgbImage image)
    {
        stream.Write([0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n']);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        header[8] = 8; // bits a channel
        header[9] = 2; // colour type: RGB
        WriteChunk(stream, "IHDR", header);
    }

    /// <summary>Texts by keyword, a chunk each.</summary>
    internal static void WriteTexts(Stream stream, IReadOnlyDictionary<string, string>? texts)
    {
        foreach (var (keyword, text) in texts ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            // Not compressed, no language, no translated keyword.
            WriteChunk(stream, PngText.Chunk, [.. Encoding.Latin1.GetBytes(keyword), 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)]);
        }
    }

    internal static byte[] Compress(RgbImage image, CompressionLevel level)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, level, leaveOpen: true))
        {
            var width = image.Width * BytesPerPixel;
            var pixels = image.Pixels.Span;
            var blank = new byte[width];
            var candidates = Enumerable.Range(0, Filters).Select(_ => new byte[width]).ToArray();
            for (var row = 0; row < image.Height; row++)
            {
                var above = row == 0 ? blank : pixels.Slice((row - 1) * width, width);
                var best = Filter(pixels.Slice(row * width, width), above, candidates);
                zlib.WriteByte((byte)best);
                zlib.Write(candidates[best]);
            }
        }

        return compressed.ToArray();
    }

    /// <summary>Filters a row in every way, and chooses the one with the smallest sum of absolute values.</summary>
    private static int Filter(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, byte[][] candidates)
    {
        Span<int> sums = stackalloc int[Filters];
        for (var i = 0; i < row.Length; i++)
        {
            int left = i >= BytesPerPixel ? row[i - BytesPerPixel] : 0;
            int up = above[i];
            int corner = i >= BytesPerPixel ? above[i - BytesPerPixel] : 0;
            ReadOnlySpan<int> predicted = [0, left, up, (left + up) / 2, Paeth(left, up, corner)];
            for (var filter = 0; filter < Filters; filter++)
            {
                var difference = (byte)(row[i] - predicted[filter]);
                candidates[filter][i] = difference;
                sums[filter] += Math.Abs((sbyte)difference == sbyte.MinValue ? 128 : (sbyte)difference);
            }
        }

        var best = 0;
        for (var filter = 1; filter < Filters; filter++)
        {
            best = sums[filter] < sums[best] ? filter : best;
        }

        return best;
    }

    /// <summary>The neighbour that is closest to left + up − corner.</summary>
    internal static int Paeth(int left, int up, int corner)
    {
        var toLeft = Math.Abs(up - corner);
        var toUp = Math.Abs(left - corner);
        var toCorner = Math.Abs(left + up - corner - corner);
        if (toLeft <= toUp && toLeft <= toCorner)
        {
            return left;
        }

        return toUp <= toCorner ? up : corner;
    }

    internal static void WriteChunk(Stream stream, string type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        stream.Write(number);
        var name = Encoding.ASCII.GetBytes(type);
        stream.Write(name);
        stream.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(name, content));
        stream.Write(number);
    }

    /// <summary>What a chunk's four last bytes say.</summary>
    internal static uint Checksum(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content) => ~Crc(Crc(uint.MaxValue, type), content);

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        const uint Polynomial = 0xEDB88320;
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? Polynomial ^ (value >> 1) : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
