using System.Text.Json;
using DiTFastAttn.Cli.Tests.Evaluate;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.Generate;

/// <summary><c>generate</c> from end to end, on a model that takes a second.</summary>
public sealed class GenerateVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public GenerateVerbTests()
    {
        _model = _folder["m.safetensors"];
        using var model = new MetaDiT(SomeModel.Config);
        FormulaWeights.Fill(model);
        DiTCheckpoint.Save(_model, model.state_dict(), model.Config, new DdimConfig(), ["left", "right"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pictures_have_their_settings_in_them()
    {
        var result = Generate("--label", "0", "--label", "1", "--n", "2", "--json", _folder["s.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldStartWith("4 pictures in ");
        result.Log.ShouldContain("generate 1/16 steps");
        using var summary = JsonDocument.Parse(File.ReadAllText(_folder["s.json"]));
        summary.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetString())
            .ShouldBe(Enumerable.Range(0, 4).Select(i => _folder[$"out/0000{i}.png"]));
        summary.RootElement.GetProperty("seconds").GetDouble().ShouldBeGreaterThan(0);
        using var settings = JsonDocument.Parse(PngText.Read(_folder["out/00002.png"])["ditfast"]);
        var root = settings.RootElement;
        root.GetProperty("picture").GetInt32().ShouldBe(2);
        root.GetProperty("label").GetInt32().ShouldBe(1);
        root.GetProperty("steps").GetInt32().ShouldBe(4);
        root.GetProperty("seed").GetInt64().ShouldBe(5);
        root.GetProperty("noise").GetString().ShouldBe(PictureNoise.Formula);
    }

    [Fact]
    public void A_picture_is_the_same_alone_and_in_a_batch()
    {
        Generate("--label", "0", "--n", "3", "--batch", "3").Status.ShouldBe(ExitStatus.Done);
        var together = Pixels("out/00001.png");
        File.Delete(_folder["out/00001.png"]);
        Generate("--label", "0", "--n", "3", "--resume").Status.ShouldBe(ExitStatus.Done);

        var alone = Pixels("out/00001.png");
        alone.Length.ShouldBe(together.Length);
        alone.Zip(together, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThanOrEqualTo(1);
        Pixels("out/00000.png").ShouldNotBe(together);
    }

    [Fact]
    public void Resuming_leaves_what_is_there_and_refuses_what_was_made_otherwise()
    {
        Generate("--label", "0", "--n", "2").Status.ShouldBe(ExitStatus.Done);
        var made = File.GetLastWriteTimeUtc(_folder["out/00000.png"]);
        File.Delete(_folder["out/00001.png"]);

        var resumed = Generate("--label", "0", "--n", "2", "--resume");

        resumed.Status.ShouldBe(ExitStatus.Done, resumed.Log);
        resumed.Output.ShouldContain("1 picture in ");
        resumed.Output.ShouldContain(", 1 there already");
        File.GetLastWriteTimeUtc(_folder["out/00000.png"]).ShouldBe(made);
        var other = Generate("--label", "1", "--n", "2", "--resume");
        other.Status.ShouldBe(ExitStatus.UserError);
        other.Log.ShouldContain("was made with other settings");
    }

    [Fact]
    public void Workers_make_what_one_makes_and_go_on_where_they_stopped()
    {
        Generate("--label", "0", "--n", "5", "--batch", "2").Status.ShouldBe(ExitStatus.Done);
        string[] names = ["00000.png", "00001.png", "00002.png", "00003.png", "00004.png"];
        var alone = names.Select(name => File.ReadAllBytes(_folder[$"out/{name}"])).ToList();
        Directory.Delete(_folder["out"], recursive: true);

        var first = Share("0/2");
        first.Status.ShouldBe(ExitStatus.Done, first.Log);
        first.Output.ShouldContain("3 pictures in ");
        names.Where(name => File.Exists(_folder[$"out/{name}"])).ShouldBe(["00000.png", "00001.png", "00004.png"]);
        File.Delete(_folder["out/00001.png"]); // as if it had been killed between two pictures of a batch
        Share("0/2").Output.ShouldContain("2 pictures in ");
        Share("1/2", "--guidance-scale", "3").Log.ShouldContain("was made with other settings");
        Share("1/2").Output.ShouldContain("2 pictures in ");
        Share("1/2").Output.ShouldContain("0 pictures in ");

        names.Select(name => File.ReadAllBytes(_folder[$"out/{name}"])).Zip(alone).ShouldAllBe(pair => pair.First.SequenceEqual(pair.Second));
        using (new FileStream(_folder["out/workers/worker-0-of-2.lock"], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            Share("0/2").Log.ShouldContain("another process is at work in it as worker 0 of 2");
        }

        Ditfast.Result Share(string worker, params string[] more) => Generate(["--label", "0", "--n", "5", "--batch", "2", "--worker", worker, .. more]);
    }

    [Fact]
    public void A_plan_of_full_attention_gives_the_bits_of_no_plan()
    {
        Generate("--label", "1").Status.ShouldBe(ExitStatus.Done);
        var full = Pixels("out/00000.png");
        Generate("--label", "1", "--plan", "periodic:ast/2").Status.ShouldBe(ExitStatus.Done);
        Pixels("out/00000.png").ShouldNotBe(full);
        PngText.Read(_folder["out/00000.png"])["ditfast"].ShouldContain("\"plan\":\"periodic:ast/2\"");
        Generate("--label", "1", "--profile", "full").Status.ShouldBe(ExitStatus.Done);
        Pixels("out/00000.png").ShouldBe(full);
    }

    [Theory]
    [InlineData("--label: ", new string[0])]
    [InlineData("--label 7: out of range", new[] { "--label", "7" })]
    [InlineData("--label cat: no class of", new[] { "--label", "cat" })]
    [InlineData("draws classes; give --label", new[] { "--prompt", "a cat" })]
    [InlineData("--profile fast: there is no", new[] { "--label", "0", "--profile", "fast" })]
    [InlineData("no other size", new[] { "--label", "0", "--height", "40" })]
    [InlineData("asc", new[] { "--label", "0", "--guidance-scale", "1", "--plan", "periodic:asc/2" })]
    public void What_is_wrong_is_said_in_a_line(string expected, string[] arguments)
    {
        var result = Generate(arguments);

        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldContain(expected);
        result.Log.TrimEnd('\n').Split('\n').Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("{\"_class_name\": \"FluxPipeline\"}", "its _class_name is 'FluxPipeline'; pictures are drawn by DiTPipeline, PixArtAlphaPipeline, PixArtSigmaPipeline")]
    [InlineData("{\"_class_name\": \"DiTPipeline\"}", "config.json")]
    [InlineData("{\"_class_name\": \"PixArtSigmaPipeline\"}", "config.json")]
    public void A_folder_that_lacks_something_is_refused_by_name(string index, string expected)
    {
        _folder.Write("model_index.json", index);
        var result = Ditfast.Run("generate", _folder.Path, "--label", "0", "--out", _folder["out"]);
        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldContain(expected);
    }

    [Fact]
    public void Float16_on_a_CPU_draws_or_is_refused_in_a_line()
    {
        var result = Generate("--label", "0", "--dtype", "float16", "--device", "cpu");

        // Newer torch multiplies in it, Debian's does not.
        if (result.Status != ExitStatus.Done)
        {
            result.Status.ShouldBe(ExitStatus.MachineLacks, result.Log);
            result.Log.ShouldBe("ditfast: --dtype float16: this torch does not compute in it on the CPU; use float32, bfloat16, or a GPU.\n");
        }
    }

    [Fact]
    public void The_papers_program_searches_measures_and_draws()
    {
        var result = Ditfast.Run(
            "run", "dit", "--model", _model, "--n_calib", "2", "--n_steps", "4", "--window_size", "2", "--threshold", "0.5", "--eval_n_images", "2", "--eval_batchsize", "2",
            "--cfg_scale", "2", "--threads", "1", "--out", _folder["output"], "--json", _folder["r.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["r.json"]));
        var root = json.RootElement;
        root.GetProperty("search_seconds").GetDouble().ShouldBeGreaterThan(0);
        root.GetProperty("latency").GetDouble().ShouldBeGreaterThan(root.GetProperty("attention_latency").GetDouble());
        root.GetProperty("attention_flops_percent").GetDouble().ShouldBeInRange(1, 100);
        root.GetProperty("max_memory_bytes").GetInt64().ShouldBeGreaterThan(0);
        root.GetProperty("metrics").GetProperty("ssim").GetDouble().ShouldBeInRange(-1, 1.000001);
        PlanFile.Load(root.GetProperty("plan").GetString()!).Steps.ShouldBe(4);
        var pictures = root.GetProperty("pictures").GetString()!;
        Directory.GetFiles(pictures).Length.ShouldBe(2);
        result.Log.ShouldContain($"--inception FILE, or './ditfast evaluate {pictures} --real data/real_images_imagenet_50k --inception FILE' on these pictures.");
    }

    [Fact]
    public void The_papers_program_measures_its_pictures_where_it_has_the_network()
    {
        using var network = new SomeNetwork();
        var real = SomeNetwork.WritePictures(_folder["real"], 3, seed: 1);
        var result = Ditfast.Run(
            "run", "dit", "--model", _model, "--raw_eval", "--n_steps", "2", "--n_calib", "1", "--eval_n_images", "12", "--eval_batchsize", "12", "--cfg_scale", "2", "--threads", "1",
            "--inception", network.File, "--eval_real_image_path", real, "--out", _folder["measured"], "--json", _folder["m.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["m.json"]));
        var metrics = json.RootElement.GetProperty("metrics");
        metrics.GetProperty("inception_score").GetDouble().ShouldBeGreaterThanOrEqualTo(1);
        var pictures = json.RootElement.GetProperty("pictures").GetString()!;
        // The very numbers of `evaluate` on the same pictures.
        Ditfast.Run("evaluate", pictures, "--real", real, "--inception", network.File, "--threads", "1", "--out", _folder["alone"]).Status.ShouldBe(ExitStatus.Done);
        using var alone = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["alone"], "evaluation.json")));
        metrics.GetProperty("fid").GetDouble().ShouldBe(alone.RootElement.GetProperty("metrics").GetProperty("fid").GetDouble());
    }

    [Theory]
    [InlineData("--inception", "nowhere.pth", "--inception nowhere.pth: there is no such file")]
    [InlineData("--clip", "nowhere", "--clip nowhere: there is no such folder")]
    public void What_measures_and_is_not_there_is_told_before_the_search(string option, string value, string said)
    {
        var result = Ditfast.Run("run", "dit", "--model", _model, option, value, "--out", _folder["refused"]);

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldContain(said);
        Directory.Exists(_folder["refused"]).ShouldBeFalse();
    }

    private Ditfast.Result Generate(params string[] arguments)
        => Ditfast.Run(["generate", _model, "--n-steps", "4", "--seed", "5", "--threads", "1", "--out", _folder["out"], .. arguments]);

    private byte[] Pixels(string file) => Png.Read(_folder[file]).Pixels;
}
