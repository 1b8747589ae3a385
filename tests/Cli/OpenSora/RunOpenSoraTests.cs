using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.OpenSora;

/// <summary>The paper's program from folder to videos, on a model that takes a second.</summary>
public sealed class RunOpenSoraTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RunOpenSoraTests() => TinyOpenSora.Write(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_calibrates_searches_measures_and_makes_videos()
    {
        var result = Run("--threshold", "0.5", "--window_size", "2", "--n_calib", "2", "--use_cache", "--end-index", "2");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = Json();
        var root = json.RootElement;
        root.GetProperty("search_seconds").GetDouble().ShouldBeGreaterThan(0);
        root.GetProperty("latency").GetDouble().ShouldBeGreaterThan(root.GetProperty("attention_latency").GetDouble());
        root.GetProperty("attention_flops_percent").GetDouble().ShouldBeInRange(1, 99);
        root.GetProperty("metrics").GetProperty("ssim").GetDouble().ShouldBeInRange(-1, 1.000001);
        var memory = root.GetProperty("cache_memory");
        memory.GetProperty("peak_bytes").GetInt64().ShouldBeLessThan(memory.GetProperty("keep_everything_bytes").GetInt64());
        result.Output.ShouldContain("residuals and outputs: ");

        // It really calibrated: some spatial site is compressed, and no other.
        var plan = PlanFile.Load(root.GetProperty("plan").GetString()!);
        plan.Rows.SelectMany(row => new[] { row[0], row[3] }).ShouldContain(id => id != "full");
        plan.Rows.ShouldAllBe(row => row[1] == "full" && row[2] == "full" && row[4] == "full" && row[5] == "full");
        (plan.Steps, plan.GuidanceScale, plan.Scheduler, plan.Tokens, plan.Origin.CalibrationSamples, plan.Origin.Seed).ShouldBe((4, 7, "iddpm", 6, 2, 3));
        Directory.GetFiles(root.GetProperty("pictures").GetString()!).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)
            .ShouldBe(["sample_0-sheet.png", "sample_0.png", "sample_1-sheet.png", "sample_1.png"]);

        var again = Run("--threshold", "0.5", "--window_size", "2", "--n_calib", "2", "--use_cache", "--debug");
        again.Status.ShouldBe(ExitStatus.Done, again.Log);
        using var second = Json();
        second.RootElement.GetProperty("search_seconds").GetDouble().ShouldBe(0);
        second.RootElement.GetProperty("pictures").ValueKind.ShouldBe(JsonValueKind.Null);
        second.RootElement.GetProperty("attention_flops_percent").GetDouble().ShouldBe(root.GetProperty("attention_flops_percent").GetDouble());

        var halved = Run("--plan", root.GetProperty("plan").GetString()!, "--window_size", "2", "--cache-dtype", "float16", "--debug");
        halved.Status.ShouldBe(ExitStatus.Done, halved.Log);
        using var half = Json();
        half.RootElement.GetProperty("cache_memory").GetProperty("peak_bytes").GetInt64().ShouldBe(memory.GetProperty("peak_bytes").GetInt64() / 2);
    }

    [Fact]
    public void Temporal_and_cross_attention_are_searched_where_they_are_asked_for()
    {
        var result = Run("--threshold", "2", "--window", "1x1x2", "--n_calib", "1", "--debug", "--sites", "spatial,temporal,cross");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = Json();
        var plan = PlanFile.Load(json.RootElement.GetProperty("plan").GetString()!);
        plan.Window!.Value.ToString().ShouldBe("1x1x2");
        plan.Rows.SelectMany(row => new[] { row[1], row[2] }).ShouldContain(id => id != "full");
    }

    [Fact]
    public void Full_attention_needs_no_search_and_prompts_and_names_are_the_users()
    {
        _folder.Write("prompts.txt", "a cat\n\na red dog\na boat\n");

        var result = Run(
            "--raw_eval", "--prompt-path", _folder["prompts.txt"], "--start-index", "1", "--end-index", "2", "--prompt-as-path", "--num-sample", "2", "--resume");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = Json();
        json.RootElement.GetProperty("plan").ValueKind.ShouldBe(JsonValueKind.Null);
        json.RootElement.GetProperty("attention_flops_percent").GetDouble().ShouldBe(100);
        Directory.GetFiles(json.RootElement.GetProperty("pictures").GetString()!, "*-sheet.png").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)
            .ShouldBe(["a red dog-0-sheet.png", "a red dog-1-sheet.png"]);
    }

    [Fact]
    public void Long_videos_begin_with_references()
    {
        new RgbImage(8, 8, (9, 9, 200)).SavePng(_folder["blue.png"]);

        var result = Run(
            "--raw_eval", "--prompt", "a cat", "a boat", "--reference-path", _folder["blue.png"], "--mask-strategy", "0", "0,0,0,-1", "--loop", "2", "--condition-frame-length", "1");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = Json();
        using var settings = JsonDocument.Parse(PngText.Read(Path.Combine(json.RootElement.GetProperty("pictures").GetString()!, "sample_1.png"))["ditfast"]);
        settings.RootElement.GetProperty("mask_strategy").GetString().ShouldBe("0,0,0,-1");
    }

    [Theory]
    [InlineData("--image-size 4 40: give height and width", new[] { "--image-size", "4", "40" })]
    [InlineData("--fps 0: give a number above 0", new[] { "--fps", "0" })]
    [InlineData("--prompt-path nowhere.txt: there is no such file.", new[] { "--prompt-path", "nowhere.txt" })]
    [InlineData("--start-index 20: no prompt is left; there are 10", new[] { "--start-index", "20" })]
    [InlineData("--condition nowhere.png: cannot be read", new[] { "--reference-path", "nowhere.png" })]
    [InlineData("group 1, loop, at character 1, is 'x'", new[] { "--mask-strategy", "x" })]
    [InlineData("--sites self: the model has no such ", new[] { "--sites", "self", "--prompt", "a" })]
    [InlineData("--window 9y: ", new[] { "--window", "9y" })]
    [InlineData("--mask-strategy: there are 2 for 10 prompts", new[] { "--mask-strategy", "0", "1" })]
    [InlineData("--model nowhere: there is no such folder", new[] { "--ckpt-path", "nowhere" })]
    public void What_is_wrong_is_said_in_a_line(string expected, string[] arguments)
    {
        var result = Run(arguments);

        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldContain(expected);
        result.Log.Split('\n').Count(line => line.StartsWith("ditfast: ", StringComparison.Ordinal)).ShouldBe(1);
    }

    private Ditfast.Result Run(params string[] arguments)
    {
        var model = arguments.Contains("--ckpt-path") ? [] : new[] { "--ckpt-path", _folder.Path };
        var size = arguments.Contains("--image-size") ? [] : new[] { "--image-size", "32", "48" };
        return Ditfast.Run(
            ["run", "opensora", .. model, .. size, "--num-frames", "3", "--num-sampling-steps", "4", "--threads", "1", "--ffmpeg", "no-such-program-anywhere", "--out", _folder["output"],
             "--json", _folder["r.json"], .. arguments]);
    }

    private JsonDocument Json() => JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
}
