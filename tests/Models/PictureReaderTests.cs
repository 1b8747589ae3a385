using System.Runtime.InteropServices;

namespace DiTFastAttn.Models.Tests;

/// <summary>JPEG and WebP files beside what Pillow (with libjpeg-turbo and libwebp) made of them, as PNG.</summary>
public sealed class PictureReaderTests
{
    public static TheoryData<string> Jpegs => [.. Directory.GetFiles(Folder, "*.jpg").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Webps => [.. Directory.GetFiles(Folder, "*.webp").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(Fixture.Root, "pictures");

    [Theory]
    [MemberData(nameof(Jpegs))]
    public void A_jpeg_is_read_to_the_last_bit_as_libjpeg_does(string name) => ShouldBeAsItsPng(PictureReader.Read(Path.Combine(Folder, name)), name);

    [Theory]
    [MemberData(nameof(Webps))]
    public void A_webp_is_read_by_libwebp_where_there_is_one(string name)
    {
        if (NativeLibrary.TryLoad("libwebp.so.7", out _))
        {
            ShouldBeAsItsPng(PictureReader.Read(Path.Combine(Folder, name)), name);
        }
        else
        {
            Should.Throw<DllNotFoundException>(() => PictureReader.Read(Path.Combine(Folder, name))).Message.ShouldContain("apt-get install libwebp7");
        }
    }

    [Fact]
    public void Damaged_jpegs_are_read_or_refused()
        => Fuzz.Run<InvalidDataException>([.. Directory.GetFiles(Folder, "*.jpg").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)], file => JpegReader.Read(file));

    [Theory]
    [InlineData("", "it is empty.")]
    [InlineData("GIF89a", "it is no PNG, JPEG or WebP.")]
    public void What_is_no_picture_is_refused_by_name(string text, string reason)
    {
        var path = Path.Combine(Path.GetTempPath(), $"ditfast-{Guid.NewGuid():N}.jpg");
        File.WriteAllText(path, text);
        try
        {
            Should.Throw<InvalidDataException>(() => PictureReader.Read(path)).Message.ShouldBe($"picture '{path}': {reason}");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_cut_off_jpeg_is_refused_wherever_it_ends()
    {
        var file = File.ReadAllBytes(Path.Combine(Folder, "420-progressive.jpg"));
        for (var length = 0; length < file.Length - 1; length += 7)
        {
            Should.Throw<InvalidDataException>(() => JpegReader.Read(file[..length]));
        }
    }

    [Fact]
    public void Kinds_that_are_not_read_are_named()
    {
        var file = File.ReadAllBytes(Path.Combine(Folder, "420.jpg"));
        file[file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 1] = 0xC9;
        Should.Throw<InvalidDataException>(() => JpegReader.Read(file)).Message.ShouldContain("arithmetically coded");
    }

    private static void ShouldBeAsItsPng(RgbImage image, string name)
    {
        var expected = PngReader.Read(Path.Combine(Folder, Path.ChangeExtension(name, ".png")));
        (image.Width, image.Height).ShouldBe((expected.Width, expected.Height));
        image.Pixels.ToArray().ShouldBe(expected.Pixels.ToArray());
    }
}
