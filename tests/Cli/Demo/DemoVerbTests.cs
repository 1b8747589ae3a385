using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Demo;

/// <summary><c>demo</c> from end to end, on a model that takes a second.</summary>
public sealed class DemoVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_searches_a_plan_and_shows_the_pictures_side_by_side()
    {
        var result = Demo("--model", SomeModel.Save(_folder["m.safetensors"]), "--json", _folder["s.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        string[] pictures = [.. new[] { "full", "plan" }.SelectMany(kind => Enumerable.Range(0, 4).Select(number => $"out/pictures/{kind}/{number:00000}.png").Prepend($"out/pictures/{kind}"))];
        _folder.Names.ShouldBe(["m.safetensors", "out", "out/pictures", .. pictures, "out/plan.json", "out/plan.png", "out/plan.svg", "out/side-by-side.png", "out/summary.json", "s.json"]);
        result.Output.ShouldContain("(taken)");
        result.Output.ShouldContain("speed-up");
        result.Output.ShouldContain($"files: {_folder["out/side-by-side.png"]}");
        result.Log.ShouldContain("plan search ");
        result.Log.ShouldContain("pictures 1/16 steps");

        using var summary = JsonDocument.Parse(File.ReadAllText(_folder["s.json"]));
        var root = summary.RootElement;
        File.ReadAllText(_folder["out/summary.json"]).ShouldBe(File.ReadAllText(_folder["s.json"]));
        var (full, compressed) = (root.GetProperty("full_seconds").GetDouble(), root.GetProperty("compressed_seconds").GetDouble());
        compressed.ShouldBeGreaterThan(0);
        root.GetProperty("speedup").GetDouble().ShouldBe(full / compressed, 1e-9);
        root.GetProperty("ssim").GetDouble().ShouldBeInRange(0, 1.000001);
        root.GetProperty("plan").GetString().ShouldBe(_folder["out/plan.json"]);
        root.GetProperty("pictures").GetArrayLength().ShouldBe(4);
        root.GetProperty("command").GetString()!.ShouldStartWith("./ditfast demo ");
        root.GetProperty("environment").GetProperty("device").GetString().ShouldBe("cpu");
        root.GetProperty("pictures")[1].GetProperty("class_name").GetString().ShouldBe("right");

        var plan = PlanFile.Load(_folder["out/plan.json"]);
        plan.Steps.ShouldBe(4);
        root.GetProperty("attention_flops_percent").GetDouble().ShouldBeInRange(25, 100);
        var (width, height, _) = Png.Read(_folder["out/side-by-side.png"]);
        width.ShouldBeGreaterThan(4 * 16);
        height.ShouldBeGreaterThan(2 * 16);
    }

    [Fact]
    public void A_plan_of_ones_own_is_used_as_it_is()
    {
        var model = SomeModel.Save(_folder["m.safetensors"]);
        var plan = _folder.Write("p.json", Plan("""["full", "full"], ["ast", "full"], ["full", "wars"], ["full", "full"]"""));

        Demo("--model", model, "--plan", plan, "--json", _folder["s.json"]).Status.ShouldBe(ExitStatus.Done);

        PlanFile.Load(_folder["out/plan.json"]).Rows.ShouldBe(PlanFile.Load(plan).Rows);
        using var summary = JsonDocument.Parse(File.ReadAllText(_folder["s.json"]));
        summary.RootElement.GetProperty("plan_method").GetString().ShouldBe("hand");
        summary.RootElement.GetProperty("search_seconds").GetDouble().ShouldBe(0);
        summary.RootElement.GetProperty("candidates").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public void Residuals_and_outputs_can_be_kept_in_half_the_bytes()
    {
        var model = SomeModel.Save(_folder["m.safetensors"]);

        Demo("--model", model, "--plan", "periodic:wars/2", "--json", _folder["s.json"]).Status.ShouldBe(ExitStatus.Done);
        Demo("--model", model, "--plan", "periodic:wars/2", "--cache-dtype", "float16", "--json", _folder["h.json"]).Status.ShouldBe(ExitStatus.Done);

        Megabytes("h.json").ShouldBe(Megabytes("s.json") / 2, 1e-9);
        Megabytes("s.json").ShouldBeGreaterThan(0);

        double Megabytes(string file)
        {
            using var summary = JsonDocument.Parse(File.ReadAllText(_folder[file]));
            return summary.RootElement.GetProperty("peak_state_megabytes").GetDouble();
        }
    }

    [Theory]
    [InlineData("""["full", "full"], ["bogus", "full"]""", "step 1 of site 'blocks.0.attn' names the strategy 'bogus'; known are full, wa, wars, ast, asc and composites a+b")]
    [InlineData("""["full", "full"], ["wars+bogus", "full"]""", "names the strategy 'wars+bogus'")]
    [InlineData("""["full", "full"]""", "steps: the plan has 1, the run 2")]
    [InlineData("""["ast", "full"], ["full", "full"]""", "step 0 is always 'full'")]
    public void A_plan_that_does_not_fit_is_refused(string rows, string expected)
        => Refuse(expected, "--n-steps", "2", "--plan", _folder.Write("p.json", Plan(rows)));

    [Theory]
    [InlineData("blocks.0.attn", "blocks.0.other", "the plan has 'blocks.0.other', the model 'MetaDiT' has 'blocks.0.attn'")]
    [InlineData("\"heads\": 2", "\"heads\": 3", "heads: the plan has 3, the model 2")]
    [InlineData("conditional-first", "none", "guidance: the plan was made for None, the run has ConditionalFirst")]
    [InlineData("\"tokens\": 64", "\"tokens\": 65", "tokens: the plan has 65, the run 64")]
    [InlineData("ddim", "ddpm", "scheduler: the plan has ddpm, the run ddim")]
    [InlineData("\"origin\": {", "\"origin\": [", "not JSON (")]
    public void A_plan_for_something_else_is_refused(string right, string wrong, string expected)
        => Refuse(
            expected, "--n-steps", "2", "--plan", _folder.Write("p.json", Plan("""["full", "full"], ["full", "full"]""").Replace(right, wrong, StringComparison.Ordinal)));

    [Fact]
    public void A_plan_nested_deeply_is_refused() => Refuse("not JSON (", "--plan", _folder.Write("p.json", new string('[', 65) + new string(']', 65)));

    [Theory]
    [InlineData("nothing", "Could not find file")]
    [InlineData("", "it is a folder.")]
    public void A_file_that_cannot_be_read_is_named(string name, string expected)
    {
        Refuse($"plan '{_folder[name]}': cannot be read: {expected}", "--plan", _folder[name]);
        Refuse($"weights '{_folder[name]}': cannot be read: {expected}", "--model", _folder[name]);
    }

    [Fact]
    public void A_truncated_model_is_refused()
    {
        var path = SomeModel.Save(_folder["m.safetensors"]);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);

        Refuse("the file is truncated or damaged", "--model", path);
    }

    [Fact]
    public void A_model_with_a_NaN_is_refused()
        => Refuse(
            "tensor 'blocks.1.mlp.fc2.weight' holds NaN or infinity", "--model", SomeModel.Save(_folder["m.safetensors"], broken: "blocks.1.mlp.fc2.weight"));

    [Fact]
    public void A_model_that_draws_less_than_a_picture_is_refused()
    {
        Refuse("draws 4x4 pixels; give a model of 6x6 or more", "--model", SomeModel.Save(_folder["m.safetensors"], SomeModel.Config with { InputSize = 4 }));
        Refuse("works on 4 channels; the demo draws pixels", "--model", SomeModel.Save(_folder["m.safetensors"], SomeModel.Config with { InChannels = 4 }));
    }

    [Fact]
    public void A_model_that_cannot_be_guided_or_has_no_such_steps_is_refused()
    {
        Refuse(
            "null label is 2; it has to be a row of the model's label table, 0 to 1.",
            "--model", SomeModel.Save(_folder["m.safetensors"], SomeModel.Config with { ClassDropoutProb = 0 }));
        Refuse(
            "with --n-steps 4: ddim config: steps is 4; it has to be 1 to 3.",
            "--model", SomeModel.Save(_folder["m.safetensors"], scheduler: new() { TrainTimesteps = 3 }));
    }

    [Theory]
    [InlineData("2", "--labels 2: this model knows the classes 0 to 1.")]
    [InlineData("0,7", "--labels 7: this model knows the classes 0 to 1.")]
    [InlineData("a,b", "--labels a,b: give a whole number of at least 0, or several with commas between them.")]
    public void A_label_out_of_range_is_refused(string labels, string expected)
        => Refuse(expected, "--model", SomeModel.Save(_folder["m.safetensors"]), "--labels", labels);

    private Ditfast.Result Demo(params string[] options)
        => Ditfast.Run(["demo", "--out", _folder["out"], .. options.Contains("--n-steps") ? [] : new[] { "--n-steps", "4" }, .. options]);

    /// <summary>One line, exit status 2, and nothing written.</summary>
    private void Refuse(string expected, params string[] options)
    {
        if (!options.Contains("--model"))
        {
            options = [.. options, "--model", SomeModel.Save(_folder["m.safetensors"])];
        }

        var result = Demo(options);

        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldContain(expected);
        result.Log.TrimEnd('\n').ShouldNotContain('\n');
        result.Output.ShouldBeEmpty();
        Directory.Exists(_folder["out"]).ShouldBeFalse();
    }

    private static string Plan(string rows) => $$"""
        {
          "format": "ditfastattn-plan/1",
          "model": "MetaDiT",
          "sites": [
            { "name": "blocks.0.attn", "heads": 2, "headWidth": 16 },
            { "name": "blocks.1.attn", "heads": 2, "headWidth": 16 }
          ],
          "steps": {{rows.Count(c => c == '[')}},
          "guidance": "conditional-first",
          "window": "1/8",
          "scheduler": "ddim",
          "tokens": 64,
          "origin": { "method": "hand" },
          "rows": [{{rows}}]
        }
        """;
}
