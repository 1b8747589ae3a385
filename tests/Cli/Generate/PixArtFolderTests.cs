using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;
using TorchSharp;

namespace DiTFastAttn.Cli.Tests.Generate;

/// <summary>PixArt from a folder as diffusers lays it out, at a size that takes a second.</summary>
public sealed class PixArtFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PixArtFolderTests() => SomePixArt.Write(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Prompts_become_pictures()
    {
        var result = Generate("--prompt", "A red cat", "--prompt", "", "--negative-prompt", "a dog", "--height", "32", "--width", "24", "--batch", "2");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        var first = Png.Read(_folder["out/00000.png"]);
        (first.Width, first.Height).ShouldBe((24, 32));
        first.Pixels.ShouldNotBe(Png.Read(_folder["out/00001.png"]).Pixels);
        using var settings = JsonDocument.Parse(PngText.Read(_folder["out/00000.png"])["ditfast"]);
        settings.RootElement.GetProperty("prompt").GetString().ShouldBe("A red cat");
        settings.RootElement.GetProperty("negative_prompt").GetString().ShouldBe("a dog");
    }

    [Fact]
    public void A_plan_leaves_cross_attention_full_and_takes_the_last_half()
    {
        Generate("--prompt", "A red cat").Status.ShouldBe(ExitStatus.Done);
        var full = Png.Read(_folder["out/00000.png"]).Pixels;
        var result = Generate("--prompt", "A red cat", "--plan", "periodic:wars+asc/2");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        Png.Read(_folder["out/00000.png"]).Pixels.ShouldNotBe(full);
    }

    [Fact]
    public void A_prompt_that_is_too_long_is_cut_off_and_said()
    {
        var result = Generate("--prompt", string.Concat(Enumerable.Repeat("cat ", 2500)));

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Log.ShouldContain("of which the first 300 are used");
    }

    [Fact]
    public void A_picture_is_the_same_alone_and_in_a_batch()
    {
        string[] wish = ["--prompt", "a red cat in the sky", "--prompt", "a dog", "--n", "2"];
        Generate([.. wish, "--batch", "4"]).Status.ShouldBe(ExitStatus.Done);
        var together = Png.Read(_folder["out/00002.png"]).Pixels;
        File.Delete(_folder["out/00002.png"]);
        Generate([.. wish, "--resume"]).Status.ShouldBe(ExitStatus.Done);

        var alone = Png.Read(_folder["out/00002.png"]).Pixels;
        alone.Length.ShouldBe(together.Length);
        alone.Zip(together, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public void Prompts_are_encoded_once_and_the_text_encoder_is_not_needed_afterwards()
    {
        using var pipeline = PicturePipelines.Open(_folder.Path, null, torch.CPU);
        var settings = pipeline.Defaults with { Steps = 2 };
        PictureRequest[] pictures = [new(0) { Prompt = "a cat" }, new(1) { Prompt = "a dog in the sea" }];
        pipeline.Prepare(pictures, settings).ShouldBeEmpty();
        Directory.Delete(_folder["text_encoder"], recursive: true);

        pipeline.Prepare(pictures, settings).ShouldBeEmpty();
        using var trajectory = pipeline.Begin(pictures, settings);
        using var latents = trajectory.RunAll();
        latents.shape.ShouldBe([2, 4, 16, 16]);
    }

    [Fact]
    public void Another_size_is_drawn_at_the_trained_size_of_the_nearest_ratio_and_said()
    {
        _folder.Write("transformer/config.json", File.ReadAllText(_folder["transformer/config.json"]).Replace("\"sample_size\":16", "\"sample_size\":32", StringComparison.Ordinal));
        var result = Generate("--prompt", "a cat", "--height", "70", "--width", "31");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Log.ShouldContain("size 70x31: drawn at 384x160, the trained size of the nearest aspect ratio, then resized and cropped to 70x31");
        var picture = Png.Read(_folder["out/00000.png"]);
        (picture.Height, picture.Width).ShouldBe((70, 31));
    }

    [Theory]
    [InlineData("--prompt: ", new string[0])]
    [InlineData("draws from text; give --prompt", new[] { "--label", "3" })]
    [InlineData("size 30x32: without aspect-ratio bins height and width have to be multiples of 4", new[] { "--prompt", "a cat", "--height", "30" })]
    public void What_is_wrong_is_said_in_a_line(string expected, string[] arguments)
    {
        var result = Generate(arguments);

        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldContain(expected);
    }

    [Theory]
    [InlineData("tokenizer/spiece.model")]
    [InlineData("text_encoder/config.json")]
    [InlineData("transformer/config.json")]
    [InlineData("vae/config.json")]
    [InlineData("scheduler/scheduler_config.json")]
    public void A_file_that_is_missing_is_named(string file)
    {
        File.Delete(_folder[file]);
        var result = Generate("--prompt", "a cat");

        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldContain(file);
    }

    [Fact]
    public void The_papers_program_searches_measures_and_draws()
    {
        var result = Ditfast.Run(
            "run", "pixart", "--negative_prompt", "a boat / a dog", "--model", _folder.Path, "--n_calib", "2", "--n_steps", "3", "--window_size", "2", "--threshold", "0.5", "--eval_n_images", "1", "--threads", "1",
            "--out", _folder["output"], "--json", _folder["r.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        var plan = PlanFile.Load(json.RootElement.GetProperty("plan").GetString()!);
        plan.Guidance.ShouldBe(Guidance.ConditionalLast);
        plan.Rows.ShouldAllBe(row => row[1] == "full" && row[3] == "full");
        Directory.GetFiles(json.RootElement.GetProperty("pictures").GetString()!).Length.ShouldBe(1);
    }

    private Ditfast.Result Generate(params string[] arguments)
        => Ditfast.Run(["generate", _folder.Path, "--n-steps", "3", "--threads", "1", "--out", _folder["out"], .. arguments]);
}
