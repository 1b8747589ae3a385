using System.Text.Json;
using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;
using DiTFastAttn.Models.Weights;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using TorchSharp;

namespace DiTFastAttn.Cli.Tests.Generate;

/// <summary>From <c>fixture-model</c> through <c>run</c> and <c>generate</c> to pictures, on whole folders at tiny scale.</summary>
public sealed class TinyFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("dit-xl-2-256", 64, "--label", "207")]
    [InlineData("dit-xl-2-512", 128, "--label", "class 12")]
    [InlineData("pixart-sigma-512", 256, "--prompt", "a red cat")]
    [InlineData("pixart-sigma-1024", 256, "--prompt", "a red cat")]
    [InlineData("pixart-sigma-2k", 256, "--prompt", "a red cat")]
    [InlineData("pixart-alpha-256", 256, "--prompt", "a red cat")]
    [InlineData("pixart-alpha-512", 256, "--prompt", "a red cat")]
    [InlineData("pixart-alpha-1024", 256, "--prompt", "a red cat")]
    public void A_folder_draws(string like, int side, string option, string wish)
    {
        Make(like);
        var result = Ditfast.Run("generate", _folder["m"], option, wish, "--n-steps", "2", "--threads", "1", "--out", _folder["out"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        var picture = Png.Read(_folder["out/00000.png"]);
        (picture.Width, picture.Height).ShouldBe((side, side));
        picture.Pixels.Distinct().Count().ShouldBeGreaterThan(50);
    }

    [Theory]
    [InlineData("dit", "dit-xl-2-512", "facebook/DiT-XL-2-512", 1)]
    [InlineData("pixart", "pixart-sigma-1024", "PixArt-alpha/PixArt-Sigma-XL-2-1024-MS", 2)]
    public void The_papers_programs_run_and_their_plan_serves_again(string program, string like, string published, int sitesOfBlock)
    {
        Make(like, published);
        string[] line =
        [
            "run", program, "--model", _folder[published], "--n_calib", "2", "--n_steps", "4", "--window_size", "8", "--threshold", "0.05", "--eval_n_images", "2", "--threads", "1",
            "--out", _folder["output"],
        ];
        var result = Ditfast.Run([.. line, "--json", _folder["r.json"]]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        var plan = PlanFile.Load(json.RootElement.GetProperty("plan").GetString()!);
        plan.Guidance.ShouldBe(program == "dit" ? Guidance.ConditionalFirst : Guidance.ConditionalLast);
        plan.Rows.Count.ShouldBe(4);
        plan.Rows[0].Count.ShouldBe(2 * sitesOfBlock);
        Directory.GetFiles(json.RootElement.GetProperty("pictures").GetString()!, "*.png").Length.ShouldBe(2);

        var again = Ditfast.Run([.. line, "--use_cache", "--debug", "--json", _folder["again.json"]]);
        again.Status.ShouldBe(ExitStatus.Done, again.Log);
        using var second = JsonDocument.Parse(File.ReadAllText(_folder["again.json"]));
        second.RootElement.GetProperty("search_seconds").GetDouble().ShouldBe(0);
        second.RootElement.GetProperty("plan").GetString().ShouldBe(json.RootElement.GetProperty("plan").GetString());

        var full = Ditfast.Run([.. line, "--raw_eval", "--debug", "--json", _folder["full.json"]]);
        full.Status.ShouldBe(ExitStatus.Done, full.Log);
        using var raw = JsonDocument.Parse(File.ReadAllText(_folder["full.json"]));
        raw.RootElement.GetProperty("attention_flops_percent").GetDouble().ShouldBe(100);
    }

    [Fact]
    public void PixArts_program_finds_a_plan_within_a_budget()
    {
        Make("pixart-sigma-1024");
        var result = Ditfast.Run(
            "run", "pixart", "--model", _folder["m"], "--n_calib", "2", "--n_steps", "4", "--window_size", "8", "--target-flops", "60%", "--rounds", "0", "--ablation", "wars,ast",
            "--cache-dtype", "float32", "--debug", "--threads", "1", "--out", _folder["output"], "--json", _folder["r.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        json.RootElement.GetProperty("attention_flops_percent").GetDouble().ShouldBeInRange(25, 60);
        var file = json.RootElement.GetProperty("plan").GetString()!;
        file.ShouldEndWith("_target-flops60_rounds0_cache-float32.plan.json");
        var plan = PlanFile.Load(file);
        plan.Scheduler.ShouldBe("dpmsolver++");
        plan.Origin.Psnr.ShouldNotBeNull();
        new[] { "rows", "periodic" }.ShouldContain(plan.Origin.Method);
    }

    [Fact]
    public void A_transformer_alone_takes_the_rest_from_the_published_pipeline_beside_it()
    {
        Make("pixart-sigma-1024", "PixArt-alpha/pixart_sigma_sdxlvae_T5_diffusers");
        Directory.CreateDirectory(_folder["PixArt-alpha/PixArt-Sigma-XL-2-1024-MS"]);
        Directory.Move(_folder["PixArt-alpha/pixart_sigma_sdxlvae_T5_diffusers/transformer"], _folder["PixArt-alpha/PixArt-Sigma-XL-2-1024-MS/transformer"]);

        var result = Ditfast.Run(
            "run", "pixart", "--model", _folder["PixArt-alpha/PixArt-Sigma-XL-2-1024-MS"], "--n_calib", "1", "--n_steps", "2", "--debug", "--threads", "1", "--out", _folder["output"]);
        result.Status.ShouldBe(ExitStatus.Done, result.Log);

        var generated = Ditfast.Run(
            "generate", _folder["PixArt-alpha/PixArt-Sigma-XL-2-1024-MS"], "--components", _folder["PixArt-alpha/pixart_sigma_sdxlvae_T5_diffusers"], "--prompt", "a cat",
            "--n-steps", "2", "--threads", "1", "--out", _folder["out"]);
        generated.Status.ShouldBe(ExitStatus.Done, generated.Log);
    }

    [Fact]
    public void OpenSoras_folder_makes_a_video()
    {
        Make("opensora-v1.1");
        var result = Ditfast.Run(
            "generate", _folder["m"], "--prompt", "a boat on the sea", "--num-frames", "2", "--resolution", "144p", "--n-steps", "2", "--threads", "1", "--out", _folder["out"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        Directory.GetFiles(_folder["out"]).ShouldContain(_folder["out/00000.png"]);
    }

    [Fact]
    public void A_threshold_of_zero_leaves_full_attention()
    {
        Make("dit-xl-2-256");
        var result = Ditfast.Run(
            "run", "dit", "--model", _folder["m"], "--n_calib", "1", "--n_steps", "3", "--threshold", "0.0", "--debug", "--threads", "1", "--out", _folder["output"],
            "--json", _folder["r.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        PlanFile.Load(json.RootElement.GetProperty("plan").GetString()!).Rows.ShouldAllBe(row => row.All(id => id == "full"));
    }

    [Fact]
    public void The_authors_names_of_strategies_are_taken()
    {
        Make("dit-xl-2-256");
        var result = Ditfast.Run(
            "run", "dit", "--model", _folder["m"], "--n_calib", "1", "--n_steps", "3", "--threshold", "1000", "--ablation", "full_attn+cfg_attn_share", "--debug", "--threads", "1",
            "--out", _folder["output"], "--json", _folder["r.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        PlanFile.Load(json.RootElement.GetProperty("plan").GetString()!).Rows.Skip(1).ShouldAllBe(row => row.All(id => id == "asc"));
    }

    [Fact]
    public void Sequential_calibration_is_a_part_of_names_only()
    {
        Make("dit-xl-2-256");
        string[] line = ["run", "dit", "--model", _folder["m"], "--n_calib", "2", "--n_steps", "3", "--threshold", "0.05", "--debug", "--threads", "1", "--out", _folder["output"]];
        Ditfast.Run(line).Status.ShouldBe(ExitStatus.Done);
        Ditfast.Run([.. line, "--sequential_calib"]).Status.ShouldBe(ExitStatus.Done);

        var plans = Directory.GetFiles(_folder["output"], "*.plan.json").Select(PlanFile.Load).ToList();
        plans.Count.ShouldBe(2);
        plans[0].Rows.SelectMany(row => row).ShouldBe(plans[1].Rows.SelectMany(row => row));
    }

    [Fact]
    public void Cancelling_keeps_finished_pictures_and_resuming_makes_the_rest()
    {
        const int Steps = 2;
        Make("pixart-sigma-512");
        string[] line = ["generate", _folder["m"], "--prompt", "a red cat", "--n", "3", "--n-steps", "2", "--threads", "1", "--out", _folder["out"]];
        Ditfast.Run(line).Status.ShouldBe(ExitStatus.Done);
        var expected = Enumerable.Range(0, 3).Select(i => Png.Read(_folder[$"out/0000{i}.png"]).Pixels).ToList();
        var settings = PngText.Read(_folder["out/00000.png"])["ditfast"];
        Directory.Delete(_folder["out"], recursive: true);
        Directory.CreateDirectory(_folder["out"]);

        using (var pipeline = PicturePipelines.Open(_folder["m"], null, torch.CPU))
        using (var cancelled = new CancellationTokenSource())
        {
            var run = pipeline.Defaults with { Steps = Steps };
            List<PictureFile> files = [.. Enumerable.Range(0, 3).Select(i => new PictureFile(
                _folder[$"out/0000{i}.png"], new PictureRequest(i) { Prompt = "a red cat" }, settings.Replace("\"picture\":0", $"\"picture\":{i}", StringComparison.Ordinal)))];
            pipeline.Prepare([.. files.Select(file => file.Picture)], run);
            using var attached = AttachedModel.Attach(pipeline.Transformer, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
            Should.Throw<OperationCanceledException>(() => new PictureRun(pipeline, attached, null, run).Make(files, 1, Cancel, _ => { }, cancelled.Token));

            void Cancel(long done)
            {
                if (done == Steps + 1)
                {
                    cancelled.Cancel();
                }
            }
        }

        Directory.GetFiles(_folder["out"]).Select(Path.GetFileName).ShouldBe(["00000.png"]);
        var resumed = Ditfast.Run([.. line, "--resume"]);
        resumed.Status.ShouldBe(ExitStatus.Done, resumed.Log);
        resumed.Output.ShouldContain("2 pictures in ");
        resumed.Output.ShouldContain(", 1 there already");
        for (var i = 0; i < expected.Count; i++)
        {
            Png.Read(_folder[$"out/0000{i}.png"]).Pixels.ShouldBe(expected[i]);
        }
    }

    [Theory]
    [InlineData("bfloat16", null)]
    [InlineData("float16", "float32")]
    [InlineData("float32", "float32")]
    public void What_is_computed_in_follows_the_weights_where_the_CPU_can(string stored, string? computed)
    {
        Ditfast.Run("fixture-model", _folder["m"], "--like", "pixart-sigma-512", "--dtype", stored).Status.ShouldBe(ExitStatus.Done);
        string[] line = ["generate", _folder["m"], "--prompt", "a red cat", "--n-steps", "2", "--device", "cpu", "--threads", "1", "--out", _folder["out"]];
        Ditfast.Run(line).Status.ShouldBe(ExitStatus.Done);
        Dtype().ShouldBe(computed ?? (CpuArithmetic.HasBFloat16 ? "bfloat16" : "float32"));
        Ditfast.Run([.. line, "--dtype", "float32"]).Status.ShouldBe(ExitStatus.Done);
        Dtype().ShouldBe("float32");

        string? Dtype()
        {
            using var settings = JsonDocument.Parse(PngText.Read(_folder["out/00000.png"])["ditfast"]);
            return settings.RootElement.GetProperty("dtype").GetString();
        }
    }

    [Fact]
    public void A_profile_of_the_folder_is_found_by_its_name()
    {
        Make("dit-xl-2-256");
        Ditfast.Run(
            "run", "dit", "--model", _folder["m"], "--n_calib", "1", "--n_steps", "3", "--threshold", "0.5", "--debug", "--threads", "1", "--out", _folder["output"],
            "--json", _folder["r.json"]).Status.ShouldBe(ExitStatus.Done);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        Directory.CreateDirectory(_folder["m/plans"]);
        File.Copy(json.RootElement.GetProperty("plan").GetString()!, _folder["m/plans/fast.plan.json"]);

        var result = Ditfast.Run("generate", _folder["m"], "--label", "3", "--n-steps", "3", "--threads", "1", "--profile", "fast", "--out", _folder["out"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        PngText.Read(_folder["out/00000.png"])["ditfast"].ShouldContain("fast.plan.json");
    }

    private void Make(string like, string folder = "m") => Ditfast.Run("fixture-model", _folder[folder], "--like", like).Status.ShouldBe(ExitStatus.Done);
}
