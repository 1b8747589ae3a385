using System.Buffers.Binary;
using System.IO.Compression;

namespace DiTFastAttn.Cli.Tests.Testing;

/// <summary>Reads the 8-bit RGB PNG files that the program writes.</summary>
internal static class Png
{
    /// <summary>Width, height, and red, green, blue of each pixel.</summary>
    public static (int Width, int Height, byte[] Pixels) Read(string path)
    {
        var file = File.ReadAllBytes(path);
        file.AsSpan(0, 8).SequenceEqual((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]).ShouldBeTrue();
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(20)));
        using var compressed = new MemoryStream();
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (file.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8))
            {
                compressed.Write(file.AsSpan(at + 8, length));
            }

            at += 12 + length;
        }

        compressed.Position = 0;
        using var zlib = new ZLibStream(compressed, CompressionMode.Decompress);
        var stride = width * 3;
        var pixels = new byte[height * stride];
        for (var row = 0; row < height; row++)
        {
            var filter = zlib.ReadByte();
            var line = pixels.AsSpan(row * stride, stride);
            zlib.ReadExactly(line);
            for (var i = 0; i < stride; i++)
            {
                int left = i >= 3 ? line[i - 3] : 0;
                int up = row > 0 ? pixels[((row - 1) * stride) + i] : 0;
                int corner = row > 0 && i >= 3 ? pixels[((row - 1) * stride) + i - 3] : 0;
                line[i] += (byte)(filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
            }
        }

        return (width, height, pixels);
    }

    private static int Paeth(int left, int up, int corner)
    {
        var (a, b, c) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - corner - corner));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
