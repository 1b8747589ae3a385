using System.Buffers.Binary;
using System.IO.Compression;

namespace DiTFastAttn.Models;

/// <summary>
/// Reads PNG files (ISO/IEC 15948) of every colour type, depth and interlacing as 8-bit RGB: grey is repeated, 16 bits become their upper 8, and
/// transparency is dropped, as the Python library Pillow does it. Of an animation the first picture is read.
/// </summary>
public static class PngReader
{
    private const long MostPixels = 1L << 28;

    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    // First column and row and their distances, of the passes of Adam7.
    private static readonly (int Left, int Top, int Across, int Down)[] Passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no PNG, or damaged; one line names the file and the reason.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static RgbImage Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Read(File.ReadAllBytes(path));
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"picture '{path}': {error.Message}", error);
        }
    }

    /// <summary>Whether some bytes are the beginning of a PNG file.</summary>
    /// <param name="file">The bytes.</param>
    public static bool IsLikely(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="file">The bytes.</param>
    /// <exception cref="InvalidDataException">They are no PNG, or damaged.</exception>
    public static RgbImage Read(ReadOnlySpan<byte> file)
    {
        if (!IsLikely(file))
        {
            throw new InvalidDataException("it is no PNG.");
        }

        Header? header = null;
        ReadOnlySpan<byte> palette = [];
        using var compressed = new MemoryStream();
        for (var at = Signature.Length; ;)
        {
            if (file.Length - at < 12 || BinaryPrimitives.ReadUInt32BigEndian(file[at..]) is var length && length > file.Length - at - 12)
            {
                throw new InvalidDataException("it ends in the middle.");
            }

            var type = file.Slice(at + 4, 4);
            var content = file.Slice(at + 8, (int)length);
            if (PngWriter.Checksum(type, content) != BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..]))
            {
                throw new InvalidDataException("it is damaged: a checksum is wrong.");
            }

            at += 12 + (int)length;
            if (type.SequenceEqual("IHDR"u8))
            {
                header = Header.Parse(content);
            }
            else if (type.SequenceEqual("PLTE"u8))
            {
                palette = content;
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                compressed.Write(content);
            }
            else if (type.SequenceEqual("IEND"u8))
            {
                break;
            }
        }

        compressed.Position = 0;
        return Decode(header ?? throw new InvalidDataException("it has no header."), palette, compressed);
    }

    private static RgbImage Decode(Header header, ReadOnlySpan<byte> palette, MemoryStream compressed)
    {
        if (header.HasPalette && palette.Length < 3)
        {
            throw new InvalidDataException("it has no palette.");
        }

        var image = new RgbImage(header.Width, header.Height);
        using var pixels = new ZLibStream(compressed, CompressionMode.Decompress);
        foreach (var (left, top, across, down) in header.IsInterlaced ? Passes : [(0, 0, 1, 1)])
        {
            var columns = (header.Width - left + across - 1) / across;
            if (columns <= 0)
            {
                continue;
            }

            var bytes = ((columns * header.BitsPerPixel) + 7) / 8;
            var (above, line) = (new byte[bytes], new byte[bytes]);
            for (var row = top; row < header.Height; row += down)
            {
                ReadLine(pixels, line, above, Math.Max(1, header.BitsPerPixel / 8));
                for (var column = 0; column < columns; column++)
                {
                    var target = ((row * header.Width) + left + (column * across)) * 3;
                    header.Pixel(line, column, palette, image.Pixels.Span.Slice(target, 3));
                }

                (above, line) = (line, above);
            }
        }

        return image;
    }

    private static void ReadLine(Stream pixels, byte[] line, byte[] above, int step)
    {
        int filter;
        try
        {
            filter = pixels.ReadByte();
            pixels.ReadExactly(line);
        }
        catch (Exception error) when (error is EndOfStreamException or InvalidDataException)
        {
            throw new InvalidDataException("its pixels are damaged or end in the middle.", error);
        }

        if (filter is < 0 or > 4)
        {
            throw new InvalidDataException($"a row has filter {filter}; 0 to 4 are known.");
        }

        for (var i = 0; i < line.Length; i++)
        {
            int left = i >= step ? line[i - step] : 0;
            int corner = i >= step ? above[i - step] : 0;
            int up = above[i];
            line[i] += (byte)(filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => PngWriter.Paeth(left, up, corner) });
        }
    }

    private sealed record Header(int Width, int Height, int Depth, int ColourType, bool IsInterlaced)
    {
        private const int Grey = 0, Rgb = 2, Indexed = 3, GreyAlpha = 4, RgbAlpha = 6;

        public bool HasPalette => ColourType == Indexed;

        public int BitsPerPixel => Depth * Channels;

        private int Channels => ColourType switch { Rgb => 3, GreyAlpha => 2, RgbAlpha => 4, _ => 1 };

        public static Header Parse(ReadOnlySpan<byte> content)
        {
            if (content is not [_, _, _, _, _, _, _, _, var depth, var colour, 0, 0, <= 1 and var interlaced])
            {
                throw new InvalidDataException("its header is damaged.");
            }

            var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(content), BinaryPrimitives.ReadInt32BigEndian(content[4..]));
            var isKnown = (colour, depth) is (Grey, 1 or 2 or 4 or 8 or 16) or (Indexed, 1 or 2 or 4 or 8) or (Rgb or GreyAlpha or RgbAlpha, 8 or 16);
            return width > 0 && height > 0 && (long)width * height <= MostPixels && isKnown
                ? new Header(width, height, depth, colour, interlaced == 1)
                : throw new InvalidDataException($"its header says {width}x{height} pixels of colour type {colour} with {depth} bits, which cannot be read.");
        }

        /// <summary>Red, green, blue of a pixel of a row.</summary>
        public void Pixel(ReadOnlySpan<byte> line, int column, ReadOnlySpan<byte> palette, Span<byte> target)
        {
            if (Depth >= 8)
            {
                var stride = Depth / 8;
                var pixel = line[(column * Channels * stride)..];
                if (ColourType is Rgb or RgbAlpha)
                {
                    (target[0], target[1], target[2]) = (pixel[0], pixel[stride], pixel[2 * stride]);
                    return;
                }

                Level(pixel[0], 255, palette, target);
                return;
            }

            var perByte = 8 / Depth;
            var most = (1 << Depth) - 1;
            Level((line[column / perByte] >> (8 - (Depth * ((column % perByte) + 1)))) & most, most, palette, target);
        }

        private void Level(int value, int most, ReadOnlySpan<byte> palette, Span<byte> target)
        {
            if (!HasPalette)
            {
                target.Fill((byte)(value * 255 / most));
                return;
            }

            // Colours that the palette lacks are black, as other readers have them.
            var at = value * 3;
            (target[0], target[1], target[2]) = at + 3 <= palette.Length ? (palette[at], palette[at + 1], palette[at + 2]) : ((byte)0, (byte)0, (byte)0);
        }
    }
}
