using System.Buffers.Binary;
using System.Text;

namespace DiTFastAttn.Models.Tests;

/// <summary>Videos as files; the encoder is a script that stands for ffmpeg.</summary>
public sealed class VideoTests : IDisposable
{
    private const int Width = 6;
    private const int Height = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-video-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_animated_png_has_a_control_chunk_and_data_a_frame_in_sequence()
    {
        using var stream = new MemoryStream();

        AnimatedPngWriter.Write(stream, Frames(3), 3, fps: 8);

        var chunks = Chunks(stream.ToArray());
        chunks.Select(chunk => chunk.Type).ShouldBe(["IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"]);
        Number(chunks[1].Content, 0).ShouldBe(3);
        chunks.Where(chunk => chunk.Type is "fcTL" or "fdAT").Select(chunk => Number(chunk.Content, 0)).ShouldBe([0, 1, 2, 3, 4]);
        (BinaryPrimitives.ReadUInt16BigEndian(chunks[2].Content.AsSpan(20)), BinaryPrimitives.ReadUInt16BigEndian(chunks[2].Content.AsSpan(22))).ShouldBe(((ushort)1, (ushort)8));
    }

    [Fact]
    public void Frames_of_another_number_or_size_are_refused()
    {
        using var stream = new MemoryStream();
        Should.Throw<ArgumentException>(() => AnimatedPngWriter.Write(stream, Frames(2), 3, 8)).Message.ShouldStartWith("there were 2 frames where 3 were announced.");
        Should.Throw<ArgumentException>(() => AnimatedPngWriter.Write(stream, [.. Frames(1), new RgbImage(5, 4)], 2, 8)).Message.ShouldStartWith("frame 1 is 5x4, the first 6x4");
    }

    [Fact]
    public void Every_frame_reaches_the_encoder_and_the_movie_appears_at_the_end()
    {
        // The output file is the last argument.
        var files = VideoWriter.Write(Path.Combine(_folder, "v"), Frames(20), 20, 8, Script("for last; do :; done; cat > \"$last\""));

        files.Problem.ShouldBeNull();
        files.Files.Select(Path.GetFileName).ShouldBe(["v.png", "v-sheet.png", "v.mp4"]);
        new FileInfo(Path.Combine(_folder, "v.mp4")).Length.ShouldBe(20 * Width * Height * 3);
        Names().ShouldBe(["encoder.sh", "v-sheet.png", "v.mp4", "v.png"]);
    }

    [Fact]
    public void Without_an_encoder_the_frames_are_there_and_a_line_says_what_is_missing()
    {
        var files = VideoWriter.Write(Path.Combine(_folder, "v"), Frames(2), 2, 8, "no-such-program-anywhere");

        files.EncoderFailed.ShouldBeFalse();
        files.Problem.ShouldNotBeNull().ShouldContain("there is no program 'no-such-program-anywhere'; install ffmpeg for MP4. The frames are in");
        Names().ShouldBe(["v-sheet.png", "v.png"]);
    }

    [Fact]
    public void An_encoder_that_fails_half_way_leaves_the_frames_and_its_last_words()
    {
        var files = VideoWriter.Write(
            Path.Combine(_folder, "v"), Frames(3), 3, 8, Script("head -c 100 > /dev/null; echo 'no space left' >&2; exit 7"));

        files.EncoderFailed.ShouldBeTrue();
        files.Problem.ShouldNotBeNull().ShouldContain("ffmpeg ended with exit status 7: no space left. The frames are in");
        Names().ShouldBe(["encoder.sh", "v-sheet.png", "v.png"]);
        Chunks(File.ReadAllBytes(Path.Combine(_folder, "v.png"))).Count(chunk => chunk.Type == "fcTL").ShouldBe(3);
    }

    private IEnumerable<string> Names() => Directory.GetFiles(_folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    private string Script(string body)
    {
        var path = Path.Combine(_folder, "encoder.sh");
        File.WriteAllText(path, $"#!/bin/bash\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    private static IEnumerable<RgbImage> Frames(int count)
        => Enumerable.Range(0, count).Select(frame => new RgbImage(Width, Height, ((byte)(10 * frame), 0, 255)));

    private static List<(string Type, byte[] Content)> Chunks(byte[] file)
    {
        var chunks = new List<(string, byte[])>();
        for (var at = 8; at < file.Length;)
        {
            var length = Number(file, at);
            chunks.Add((Encoding.ASCII.GetString(file, at + 4, 4), file.AsSpan(at + 8, length).ToArray()));
            at += 12 + length;
        }

        return chunks;
    }

    private static int Number(byte[] bytes, int at) => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
}
