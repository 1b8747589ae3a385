using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class PngTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-png-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(64, 65)]
    public void What_is_written_decodes_to_the_same_pixels(int width, int height)
    {
        var image = new RgbImage(width, height);
        var random = new Random(11);
        for (var i = 0; i < image.Pixels.Length; i++)
        {
            // Smooth with some noise, so that every filter has its rows.
            image.Pixels.Span[i] = (byte)((i / 3 % width * 3) + (i / (3 * width) * 5) + random.Next(i / (3 * width) % 4 == 0 ? 200 : 3));
        }

        var path = Path.Combine(_folder, "picture.png");
        image.SavePng(path);
        var (decodedWidth, decodedHeight, pixels) = Decode(File.ReadAllBytes(path));
        (decodedWidth, decodedHeight).ShouldBe((width, height));
        pixels.ShouldBe(image.Pixels.ToArray());
        Directory.GetFiles(_folder).ShouldBe([path]);
    }

    [Fact]
    public void Smooth_pictures_become_small()
    {
        var image = new RgbImage(256, 256);
        for (var row = 0; row < 256; row++)
        {
            image.Fill(0, row, 256, 1, ((byte)row, (byte)(255 - row), 128));
        }

        using var stream = new MemoryStream();
        PngWriter.Write(stream, image);
        stream.Length.ShouldBeLessThan(2000);
    }

    [Fact]
    public void Tensors_become_pixels_clamped_and_rounded()
    {
        using var picture = tensor(new[] { -1f, 1f, 0f, 3f, -3f, 0.5f }, [3L, 1, 2]);
        var image = RgbImage.FromTensor(picture);
        (image.Width, image.Height).ShouldBe((2, 1));
        image.Pixels.ToArray().ShouldBe([0, 128, 0, 255, 255, 191]);
        using var batch = zeros(1, 3, 4, 4);
        Should.Throw<ArgumentException>(() => RgbImage.FromTensor(batch)).Message.ShouldContain("[1, 3, 4, 4]; it has to be [3, H, W]");
    }

    [Fact]
    public void A_grid_lays_pictures_out_row_by_row()
    {
        var red = new RgbImage(2, 2, (255, 0, 0));
        var blue = new RgbImage(2, 2, (0, 0, 255));
        var grid = RgbImage.Grid([red, blue, blue], columns: 2, gap: 1, background: (9, 9, 9));
        (grid.Width, grid.Height).ShouldBe((7, 7));
        At(grid, 0, 0).ShouldBe((9, 9, 9));
        At(grid, 1, 1).ShouldBe((255, 0, 0));
        At(grid, 3, 1).ShouldBe((9, 9, 9));
        At(grid, 4, 2).ShouldBe((0, 0, 255));
        At(grid, 1, 4).ShouldBe((0, 0, 255));
        At(grid, 5, 5).ShouldBe((9, 9, 9));
        Should.Throw<ArgumentException>(() => RgbImage.Grid([], 2)).Message.ShouldContain("no pictures");
        Should.Throw<ArgumentException>(() => RgbImage.Grid([red, new RgbImage(3, 2)], 2)).Message.ShouldContain("2×2 and 3×2");
    }

    [Fact]
    public void Painting_over_the_edge_is_cut_off()
    {
        var image = new RgbImage(3, 3);
        image.Fill(2, 2, 5, 5, (1, 2, 3));
        image.Paste(new RgbImage(4, 4, (7, 7, 7)), 0, 2);
        At(image, 2, 2).ShouldBe((7, 7, 7));
        At(image, 2, 1).ShouldBe((0, 0, 0));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_an_error_and_leaves_nothing()
        => Should.Throw<IOException>(() => new RgbImage(1, 1).SavePng(Path.Combine(_folder, "none", "x.png")));

    private static (int Red, int Green, int Blue) At(RgbImage image, int column, int row)
    {
        var pixel = image.Pixels.Span.Slice(((row * image.Width) + column) * 3, 3);
        return (pixel[0], pixel[1], pixel[2]);
    }

    /// <summary>A decoder after the standard's text, sharing nothing with the writer; checks every CRC.</summary>
    private static (int Width, int Height, byte[] Pixels) Decode(byte[] file)
    {
        file[..8].ShouldBe([137, 80, 78, 71, 13, 10, 26, 10]);
        var (position, width, height) = (8, 0, 0);
        using var data = new MemoryStream();
        var order = new List<string>();
        while (position < file.Length)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(position));
            var type = Encoding.ASCII.GetString(file, position + 4, 4);
            var content = file.AsSpan(position + 8, length);
            BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(position + 8 + length)).ShouldBe(Crc(file.AsSpan(position + 4, 4 + length)), type);
            if (type == "IHDR")
            {
                width = BinaryPrimitives.ReadInt32BigEndian(content);
                height = BinaryPrimitives.ReadInt32BigEndian(content[4..]);
                content[8..].ToArray().ShouldBe([8, 2, 0, 0, 0]);
            }
            else if (type == "IDAT")
            {
                data.Write(content);
            }

            order.Add(type);
            position += 12 + length;
        }

        order[0].ShouldBe("IHDR");
        order[^1].ShouldBe("IEND");
        data.Position = 0;
        using var inflated = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionMode.Decompress))
        {
            zlib.CopyTo(inflated);
        }

        return (width, height, Unfilter(inflated.ToArray(), width * 3, height));
    }

    private static byte[] Unfilter(byte[] filtered, int stride, int height)
    {
        filtered.Length.ShouldBe((stride + 1) * height);
        var pixels = new byte[stride * height];
        for (var row = 0; row < height; row++)
        {
            var filter = filtered[row * (stride + 1)];
            for (var i = 0; i < stride; i++)
            {
                int a = i >= 3 ? pixels[(row * stride) + i - 3] : 0;
                int b = row > 0 ? pixels[((row - 1) * stride) + i] : 0;
                int c = i >= 3 && row > 0 ? pixels[((row - 1) * stride) + i - 3] : 0;
                var p = a + b - c;
                var paeth = new[] { a, b, c }.MinBy(n => Math.Abs(p - n));
                pixels[(row * stride) + i] = (byte)(filtered[(row * (stride + 1)) + 1 + i] + (filter switch
                {
                    0 => 0,
                    1 => a,
                    2 => b,
                    3 => (a + b) / 2,
                    4 => paeth,
                    _ => throw new InvalidDataException($"filter {filter}"),
                }));
            }
        }

        return pixels;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
            }
        }

        return crc ^ 0xFFFFFFFFu;
    }
}
