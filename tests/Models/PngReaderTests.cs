using System.Text;

namespace DiTFastAttn.Models.Tests;

public sealed class PngReaderTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.png").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(Fixture.Root, "png");

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_kind_is_read_as_another_program_reads_it(string name)
    {
        var image = PngReader.Read(Path.Combine(Folder, name + ".png"));

        (image.Width, image.Height).ShouldBe((21, 13));
        image.Pixels.ToArray().ShouldBe(File.ReadAllBytes(Path.Combine(Folder, name + ".rgb")));
    }

    [Fact]
    public void What_is_damaged_is_refused()
    {
        var file = File.ReadAllBytes(Path.Combine(Folder, "rgb24-interlaced.png"));
        Should.Throw<InvalidDataException>(() => PngReader.Read(file.AsSpan(0, file.Length / 2))).Message.ShouldBe("it ends in the middle.");
        Should.Throw<InvalidDataException>(() => PngReader.Read("JFIF"u8)).Message.ShouldBe("it is no PNG.");
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var damaged = file.ToArray();
            for (var i = 0; i < 3; i++)
            {
                damaged[random.Next(8, damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            Should.Throw<InvalidDataException>(() => PngReader.Read(damaged));
        }

        var path = Path.Combine(Directory.CreateTempSubdirectory("ditfast-png-").FullName, "x.png");
        File.WriteAllText(path, "text", Encoding.ASCII);
        Should.Throw<InvalidDataException>(() => PngReader.Read(path)).Message.ShouldBe($"picture '{path}': it is no PNG.");
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
