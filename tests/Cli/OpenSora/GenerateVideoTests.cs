using System.Globalization;
using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.OpenSora;

/// <summary><c>generate</c> from a video folder to files, on a model that takes a second; a script stands for ffmpeg.</summary>
public sealed class GenerateVideoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GenerateVideoTests() => TinyOpenSora.Write(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_prompt_becomes_a_video_with_its_settings_in_it()
    {
        var result = Generate("--prompt", "A red cat", "--json", _folder["s.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldStartWith("1 video of 3 frames of 48x32 in ");
        using var summary = JsonDocument.Parse(File.ReadAllText(_folder["s.json"]));
        summary.RootElement.GetProperty("files").EnumerateArray().Select(file => Path.GetFileName(file.GetString())).ShouldBe(["00000.png", "00000-sheet.png", "00000.mp4"]);
        new FileInfo(_folder["out/00000.mp4"]).Length.ShouldBe(3 * 48 * 32 * 3);
        using var settings = JsonDocument.Parse(PngText.Read(_folder["out/00000.png"])["ditfast"]);
        settings.RootElement.GetProperty("prompt").GetString().ShouldBe("A red cat");
        settings.RootElement.GetProperty("played_fps").GetDouble().ShouldBe(8);
        File.ReadAllText(_folder["arguments"]).ShouldContain("-s 48x32 -r 8 ");
        File.ReadAllText(_folder["arguments"]).ShouldContain("\"prompt\":\"A red cat\"");
        Names("out").ShouldBe(["00000-sheet.png", "00000.mp4", "00000.png"]);
    }

    [Fact]
    public void Resuming_leaves_what_is_there_and_the_video_is_the_same_alone()
    {
        Generate("--prompt", "a cat", "--n", "2").Status.ShouldBe(ExitStatus.Done);
        var (first, second) = (File.ReadAllBytes(_folder["out/00000.png"]), File.ReadAllBytes(_folder["out/00001.png"]));
        second.SequenceEqual(first).ShouldBeFalse();
        File.Delete(_folder["out/00001-sheet.png"]);

        var resumed = Generate("--prompt", "a cat", "--n", "2", "--resume");

        resumed.Output.ShouldStartWith("1 video ");
        resumed.Output.ShouldContain(", 1 there already");
        File.ReadAllBytes(_folder["out/00001.png"]).SequenceEqual(second).ShouldBeTrue();
        var other = Generate("--prompt", "a dog", "--resume");
        other.Status.ShouldBe(ExitStatus.UserError);
        other.Log.ShouldContain("was made with other settings");
    }

    [Fact]
    public void A_long_video_begins_with_an_image_and_its_clips_overlap()
    {
        new RgbImage(60, 40, (200, 30, 30)).SavePng(_folder["red.png"]);

        var result = Generate("--prompt", "|0|a lake|1|a storm", "--loop", "3", "--condition-frame-length", "1", "--condition", _folder["red.png"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldStartWith("1 video of 7 frames ");
        new FileInfo(_folder["out/00000.mp4"]).Length.ShouldBe(7 * 48 * 32 * 3);
        using var settings = JsonDocument.Parse(PngText.Read(_folder["out/00000.png"])["ditfast"]);
        settings.RootElement.GetProperty("mask_strategy").GetString().ShouldBe("0");

        // A prompt may bring its image itself; the first frame is near it, where without it it is not.
        var first = PngReader.Read(_folder["out/00000.png"]);
        Generate("--prompt", $"a lake{{\"reference_path\": \"{_folder["red.png"]}\", \"mask_strategy\": \"0\"}}").Status.ShouldBe(ExitStatus.Done);
        var again = PngReader.Read(_folder["out/00000.png"]);
        again.Pixels.ToArray().Zip(first.Pixels.ToArray(), (a, b) => Math.Abs(a - b)).Average().ShouldBeLessThan(30);
    }

    [Fact]
    public void One_frame_is_a_picture()
    {
        var result = Generate("--prompt", "a cat", "--num-frames", "1");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        Names("out").ShouldBe(["00000.png"]);
        PngText.Read(_folder["out/00000.png"])["ditfast"].ShouldContain("\"fps\":120");
    }

    [Fact]
    public void A_plan_changes_the_frames_and_full_attention_does_not()
    {
        Generate("--prompt", "a cat").Status.ShouldBe(ExitStatus.Done);
        var full = Movie();
        Generate("--prompt", "a cat", "--profile", "full").Status.ShouldBe(ExitStatus.Done);
        Movie().SequenceEqual(full).ShouldBeTrue();
        Generate("--prompt", "a cat", "--plan", "periodic:ast/3").Status.ShouldBe(ExitStatus.Done);
        Movie().SequenceEqual(full).ShouldBeFalse();
    }

    [Fact]
    public void Resolutions_are_the_trained_sizes_nearest_to_the_aspect()
    {
        Generate(["--prompt", "a cat", "--num-frames", "1", "--aspect", "1:1"], "144p").Output.ShouldContain("of 192x192 in");
        Generate(["--prompt", "a cat", "--num-frames", "1", "--aspect", "9:16"], "144p").Output.ShouldContain("of 144x256 in");
        Generate(["--prompt", "a cat", "--num-frames", "1"], "144p").Output.ShouldContain("of 256x144 in");
    }

    [Fact]
    public void Without_ffmpeg_the_frames_are_there_and_a_line_says_so()
    {
        var result = Generate("--prompt", "a cat", "--ffmpeg", "no-such-program-anywhere");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Log.ShouldContain("there is no program 'no-such-program-anywhere'; install ffmpeg for MP4. The frames are in");
        Names("out").ShouldBe(["00000-sheet.png", "00000.png"]);
    }

    [Fact]
    public void An_ffmpeg_that_fails_half_way_leaves_the_frames_and_the_status_says_so()
    {
        var result = Generate("--prompt", "a cat", "--ffmpeg", Script("head -c 100 > /dev/null; echo 'no space left' >&2; exit 7"));

        result.Status.ShouldBe(ExitStatus.MachineLacks, result.Log);
        result.Log.ShouldContain("ffmpeg ended with exit status 7: no space left. The frames are in");
        Names("out").ShouldBe(["00000-sheet.png", "00000.png"]);
    }

    [Fact]
    public void Cancelling_leaves_the_videos_that_are_finished_and_nothing_half_done()
    {
        using var source = new CancellationTokenSource();
        var ffmpeg = Script("for last; do :; done; cat > \"$last\"");
        source.Cancel();

        var result = Ditfast.Run(Verbs.MakeRoot(), [.. Arguments("48x32"), "--prompt", "a cat", "--ffmpeg", ffmpeg], source.Token);

        result.Status.ShouldBe(ExitStatus.Cancelled);
        Names("out").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--prompt: ", new string[0])]
    [InlineData("--label: ", new[] { "--label", "3" })]
    [InlineData("--height: ", new[] { "--prompt", "a", "--height", "32" })]
    [InlineData("--fps 0: give a number above 0", new[] { "--prompt", "a", "--fps", "0" })]
    [InlineData("--fps -3: give a number above 0", new[] { "--prompt", "a", "--fps", "-3" })]
    [InlineData("--num-frames 0: give a whole number from 1 to 4096.", new[] { "--prompt", "a", "--num-frames", "0" })]
    [InlineData("--aspect 16x9: give width:height", new[] { "--prompt", "a", "--aspect", "16x9" })]
    [InlineData("--aspect: --resolution 48x32 says both sides", new[] { "--prompt", "a", "--aspect", "16:9" })]
    [InlineData("--condition nowhere.png: cannot be read as a picture", new[] { "--prompt", "a", "--condition", "nowhere.png" })]
    [InlineData("--mask-strategy: mask strategy '0,0;1,x': group 2, reference, at character 7, is 'x'; a whole number is needed.", new[] { "--prompt", "a", "--condition", "RED", "--mask-strategy", "0,0;1,x" })]
    [InlineData("names reference 1, and there are 1 (from 0).", new[] { "--prompt", "a", "--condition", "RED", "--mask-strategy", "0,1" })]
    [InlineData("--condition-frame-length 3: clips have 3 frames; give fewer", new[] { "--prompt", "a", "--loop", "2", "--condition-frame-length", "3" })]
    [InlineData("--prompt: prompt '|0|a|': a start without a text at its end", new[] { "--prompt", "|0|a|" })]
    [InlineData("asc", new[] { "--prompt", "a", "--guidance-scale", "1", "--plan", "periodic:asc/2" })]
    public void What_is_wrong_is_said_in_a_line(string expected, string[] arguments)
    {
        new RgbImage(8, 8).SavePng(_folder["red.png"]);
        var result = Generate([.. arguments.Select(argument => argument == "RED" ? _folder["red.png"] : argument)]);

        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldContain(expected);
        result.Log.Split('\n').Count(line => line.StartsWith("ditfast: ", StringComparison.Ordinal)).ShouldBe(1);
        Directory.Exists(_folder["out"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("9p", "--resolution 9p: give one of 144p, 256, 240p,")]
    [InlineData("4x400", "--resolution 4x400: give one of")]
    [InlineData("9000x400", "8 to 8192 pixels a side")]
    public void Resolutions_outside_the_models_are_refused(string resolution, string expected)
    {
        var result = Generate(["--prompt", "a"], resolution);
        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldContain(expected);
    }

    [Fact]
    public void Sizes_and_lengths_that_the_first_model_does_not_make_are_refused_and_its_own_needs_no_word()
    {
        TinyOpenSora.Write(_folder, TinyOpenSora.Config with { Version = STDiTVersion.STDiT, InputSize = (2, 4, 6), QkNorm = false });

        var other = Generate("--prompt", "a cat");
        other.Status.ShouldBe(ExitStatus.UserError, other.Log);
        other.Log.ShouldContain("3 frames of 48x32 pixels: this model makes 2 of 48x32 only.");
        var own = Ditfast.Run("generate", _folder.Path, "--n-steps", "2", "--threads", "1", "--out", _folder["out"], "--prompt", "a cat", "--ffmpeg", "none");
        own.Status.ShouldBe(ExitStatus.Done, own.Log);
        own.Output.ShouldContain("2 frames of 48x32");
    }

    [Fact]
    public void A_picture_model_takes_no_options_of_videos()
    {
        var result = Ditfast.Run("generate", "demo", "--label", "0", "--fps", "24");
        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldBe("ditfast: --fps: 'demo' draws pictures; leave it out.\n");
    }

    [Fact]
    public void A_long_prompt_is_cut_off_and_said()
    {
        var result = Generate("--prompt", string.Concat(Enumerable.Repeat("a red cat ", 20)), "--num-frames", "1");
        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Log.ShouldContain("of which the first 16 are used");
    }

    private Ditfast.Result Generate(params string[] arguments) => Generate(arguments, "48x32");

    private Ditfast.Result Generate(string[] arguments, string resolution)
    {
        var ffmpeg = arguments.Contains("--ffmpeg") ? [] : new[] { "--ffmpeg", Script($"echo \"$@\" > '{_folder["arguments"]}'; for last; do :; done; cat > \"$last\"") };
        var frames = arguments.Contains("--num-frames") ? [] : new[] { "--num-frames", "3" };
        return Ditfast.Run([.. Arguments(resolution), .. frames, .. arguments, .. ffmpeg]);
    }

    private IEnumerable<string> Arguments(string resolution) =>
        ["generate", _folder.Path, "--n-steps", "3", "--seed", "5", "--threads", "1", "--out", _folder["out"], "--resolution", resolution];

    private byte[] Movie() => File.ReadAllBytes(_folder["out/00000.mp4"]);

    private IEnumerable<string> Names(string folder)
        => Directory.Exists(_folder[folder]) ? Directory.GetFiles(_folder[folder]).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal) : [];

    private string Script(string body)
    {
        var path = _folder[$"ffmpeg-{body.GetHashCode(StringComparison.Ordinal).ToString("x", CultureInfo.InvariantCulture)}.sh"];
        File.WriteAllText(path, $"#!/bin/bash\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
