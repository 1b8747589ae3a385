using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.OpenSora;

/// <summary>Configuration files of OpenSora's scripts, as the authors' program takes them.</summary>
public sealed class OpenSoraConfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_the_file_says_holds_where_no_option_says_otherwise()
    {
        TinyOpenSora.Write(_folder);
        var config = _folder.Write("sample.py", $$"""
            # a video of few frames
            num_frames = 3
            frame_interval = 3; fps = 24
            image_size = (240,
                          426)  # given on the command line
            multi_resolution = "STDiT2"
            model = dict(
                type="STDiT2-XL/2",
                from_pretrained="{{_folder.Path.Replace('\\', '/')}}",
                qk_norm=True,
            )
            scheduler = dict(type="iddpm", num_sampling_steps=4, cfg_scale=5.0, cfg_channel=3)
            prompt = ['a cat', "a \"red\" dog"]
            loop = 1
            mask_strategy = None
            camera = {"speed": -1.5e0}
            """);

        var result = Ditfast.Run(
            "run", "opensora", "--config", config, "--image-size", "32", "48", "--raw_eval", "--threads", "1", "--ffmpeg", "no-such-program-anywhere", "--out", _folder["output"], "--json", _folder["r.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Log.ShouldContain("camera.speed is not read.");
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        var videos = json.RootElement.GetProperty("pictures").GetString()!;
        using var settings = JsonDocument.Parse(PngText.Read(Path.Combine(videos, "sample_1.png"))["ditfast"]);
        var root = settings.RootElement;
        root.GetProperty("prompt").GetString().ShouldBe("a \"red\" dog");
        (root.GetProperty("steps").GetInt32(), root.GetProperty("frames").GetInt32(), root.GetProperty("width").GetInt32()).ShouldBe((4, 3, 48));
        root.GetProperty("guidance_scale").GetDouble().ShouldBe(5);
    }

    [Theory]
    [InlineData("num_frames = 16\nfps = int(24)\n", "line 2: a number, a text, None, True, False, a list or dict(…) is expected")]
    [InlineData("import os\n", "line 1: '=' is expected")]
    [InlineData("prompt = [\"a cat\n", "line 1: the text's closing quote is expected")]
    [InlineData("image_size = (240, 426\n", "',' is expected")]
    [InlineData("fps = 24 * 2\n", "line 1: the end of the line is expected")]
    [InlineData("num_frames = 2.5\n", "--num-frames 2.5: give a whole number from 1 to 4096.")]
    public void What_is_more_than_assignments_is_refused_with_its_line(string text, string expected)
    {
        var result = Ditfast.Run("run", "opensora", "--config", _folder.Write("sample.py", text), "--out", _folder["output"]);

        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldStartWith($"ditfast: --config {_folder["sample.py"]}: ");
        result.Log.ShouldContain(expected);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var result = Ditfast.Run("run", "opensora", "--config", "nowhere.py", "--out", _folder["output"]);
        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldStartWith("ditfast: --config nowhere.py: cannot be read");
    }
}
