using System.Text.Json;
using DiTFastAttn.Cli.Tests.Evaluate;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.Study;

/// <summary><c>evaluate study.json</c>: small studies from one end to the other.</summary>
public sealed class StudyTests(SomeNetwork network) : IClassFixture<SomeNetwork>, IDisposable
{
    private const string Small = "\"model\": \"demo\", \"input_size\": 8, \"steps\": 4, \"pictures\": 2, \"batch\": 2, \"calibration\": 1, \"labels\": [0, 3]";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void All_parts_of_the_demo_model_give_tables_figures_and_pictures()
    {
        var result = Run($$"""
            { {{Small}}, "parts": [
              { "part": "thresholds", "thresholds": [0.15, 0.4] }, { "part": "strategies", "strategies": ["asc", "all"], "thresholds": [0.4] },
              { "part": "steps", "steps": [4, 5], "thresholds": [0.4] }, { "part": "window-residual", "thresholds": [0.4] }, "negative-prompts", "attention",
              { "part": "search-time", "thresholds": [0.4] }, { "part": "latency", "thresholds": [0.4] }, "redundancy", { "part": "plan", "threshold": 0.4 } ] }
            """, "--json", _folder["result.json"], "--page", _folder["page"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        File.ReadAllText(_folder["result.json"]).ShouldBe(File.ReadAllText(_folder["out/results.json"]));
        using var results = Results();
        var root = results.RootElement;
        root.GetProperty("format").GetString().ShouldBe("ditfastattn-study/1");
        Ids(root, "tables").ShouldBe(["table-1", "table-2", "latency", "table-6"]);
        Ids(root, "figures").ShouldBe(["figure-3", "figure-4-steps", "figure-4-guidance", "quality", "figure-8", "figure-9-left", "figure-9-middle", "figure-9-right"]);
        Ids(root, "images").ShouldBe(["attention-maps", "samples", "figure-5"]);
        root.GetProperty("notes").EnumerateArray().ShouldContain(note => note.GetString()!.Contains("'negative-prompts' is left out", StringComparison.Ordinal));

        var points = Points(root);
        points.Keys.ShouldBe(
            ["full", "d6", "delta-0.4", "asc-delta-0.4", "full-t5", "delta-0.4-t5", "wars-delta-0.4", "wa-delta-0.4", "attention-asc", "attention-wars", "attention-wars-asc", "attention-ast", "redundancy"]);
        var searched = points["delta-0.4"];
        searched.GetProperty("attention_flops_percent").GetDouble().ShouldBeInRange(10, 99);
        searched.GetProperty("total_flops_percent").GetDouble().ShouldBeGreaterThan(searched.GetProperty("attention_flops_percent").GetDouble());
        searched.GetProperty("metrics").GetProperty("latent_relative_error").GetDouble().ShouldBeInRange(1e-4, 2);
        searched.GetProperty("per_picture").GetArrayLength().ShouldBe(2);
        searched.GetProperty("reference").GetString().ShouldBe("full");
        PlanFile.Load(_folder[$"out/{searched.GetProperty("plan").GetString()}"]).Steps.ShouldBe(4);
        points["full"].GetProperty("seconds").GetDouble().ShouldBeGreaterThan(0);
        points["attention-asc"].GetProperty("attention_flops_percent").GetDouble().ShouldBe(50);
        foreach (var point in points.Values.Where(point => point.GetProperty("pictures").GetArrayLength() > 0))
        {
            point.GetProperty("counted_multiply_accumulates").GetInt64().ShouldBe(point.GetProperty("predicted_multiply_accumulates").GetInt64(), point.GetProperty("name").GetString());
        }

        foreach (var place in new[] { "out", "page" })
        {
            foreach (var file in new[] { "README.md", "tables/table-1.csv", "figures/figure-8.csv", "figures/figure-9-left.svg", "images/samples.png", "images/plan-delta-0.4.svg", "images/attention-maps.png" })
            {
                new FileInfo(_folder[$"{place}/{file}"]).Length.ShouldBeGreaterThan(0);
            }
        }

        File.ReadAllLines(_folder["out/tables/table-1.csv"]).Length.ShouldBe(4);
        result.Output.ShouldContain("Table 6: Times of plan searches");
    }

    [Fact]
    public void What_is_there_stays_and_an_edit_makes_anew_what_it_changes()
    {
        const string Parts = "\"parts\": [{ \"part\": \"thresholds\", \"thresholds\": [0.4] }, { \"part\": \"attention\", \"strategies\": [\"ast\"] }]";
        Run($"{{ {Small}, {Parts} }}").Status.ShouldBe(ExitStatus.Done);
        var (search, point, attention) = (Stamp("plans/delta-0.4.search.json"), Stamp("points/delta-0.4.json"), Stamp("points/attention-ast.json"));

        var again = Run($"{{ {Small}, {Parts} }}");
        again.Log.ShouldContain("3 points, 3 there already");
        Stamp("points/delta-0.4.json").ShouldBe(point);

        var edited = Run($"{{ {Small.Replace("\"pictures\": 2", "\"pictures\": 3", StringComparison.Ordinal)}, {Parts} }}");
        edited.Status.ShouldBe(ExitStatus.Done, edited.Log);
        edited.Log.ShouldContain("3 points, 1 there already");
        edited.Log.ShouldContain("point 'delta-0.4' is made anew: pictures was 2 and is 3");
        Stamp("points/delta-0.4.json").ShouldNotBe(point);
        Stamp("points/attention-ast.json").ShouldBe(attention);
        Stamp("plans/delta-0.4.search.json").ShouldBe(search); // the plan does not depend on how many pictures there are
        Directory.GetFiles(_folder["out/pictures/delta-0.4"]).Length.ShouldBe(3);

        File.WriteAllText(_folder["out/points/full.json"], "{ \"format\": ");
        Run($"{{ {Small}, {Parts} }}").Status.ShouldBe(ExitStatus.Done);
        Directory.GetFiles(_folder["out/pictures/delta-0.4"]).Length.ShouldBe(2);
        Run(File.ReadAllText(_folder["out/study.json"])).Log.ShouldContain("3 points, 3 there already"); // what was run is a study itself
    }

    [Fact]
    public void A_study_by_options_is_that_of_a_file()
    {
        Run($$"""
            { {{Small}}, "rounds": 0, "window": "1/4", "parts": [{ "part": "thresholds", "thresholds": [0.4] }, { "part": "strategies", "strategies": ["asc"], "thresholds": [0.4] }] }
            """).Status.ShouldBe(ExitStatus.Done);
        string[] options =
        [
            "--model", "demo", "--input-size", "8", "--n-steps", "4", "--n", "2", "--batch", "2", "--n-calib", "1", "--label", "0", "--label", "3", "--rounds", "0",
            "--window", "1/4", "--parts", "thresholds,strategies", "--thresholds", "0.4", "--strategies", "asc",
        ];

        var again = Ditfast.Run(["evaluate", .. options, "--out", _folder["out"]]);

        again.Status.ShouldBe(ExitStatus.Done, again.Log);
        again.Log.ShouldContain("3 points, 3 there already");
        Refused("evaluate: nothing to measure; give pictures");
        Refused("evaluate: parts[0].part: \"treshold\": give one of thresholds", "--parts", "treshold");
        Refused("--strategies: none of the parts plan has strategies", "--parts", "plan", "--strategies", "asc");
        Refused("evaluate: labels[0]: \"x\": give a whole number", "--parts", "plan", "--label", "x");
        Refused("--lpips-net: it is for sets of pictures", "--parts", "plan", "--lpips-net", "alex");
        Refused("--thresholds x: give a number, or several with commas between them", "--thresholds", "x");
        Refused("--n-steps: it is for a study", _folder.Path, "--n-steps", "3");
        Refused("study.json' is a study, which says such things itself", _folder["study.json"], "--n-steps", "3");
    }

    [Fact]
    public void Two_workers_make_what_one_makes_and_have_to_agree()
    {
        var study = $"{{ {Small}, \"rounds\": 0, \"parts\": [{{ \"part\": \"thresholds\", \"thresholds\": [0.15, 0.4] }}, \"redundancy\"] }}";
        Run(study).Status.ShouldBe(ExitStatus.Done);
        using var alone = Results();

        var first = RunIn("two", study, "--worker", "0/2");
        first.Status.ShouldBe(ExitStatus.Done, first.Log);
        first.Output.ShouldContain("the last one to finish writes the results");
        File.Exists(_folder["two/results.json"]).ShouldBeFalse();
        var other = RunIn("two", study.Replace("\"steps\": 4", "\"steps\": 5", StringComparison.Ordinal), "--worker", "1/2");
        other.Status.ShouldBe(ExitStatus.UserError, other.Log);
        other.Log.ShouldContain("is of another study: steps is 4 there and 5 here");
        RunIn("two", study, "--worker", "1/2").Status.ShouldBe(ExitStatus.Done);

        using var split = Results("two");
        var (ones, twos) = (Points(alone.RootElement), Points(split.RootElement));
        ones.Keys.ShouldBe(twos.Keys);
        foreach (var (name, point) in ones)
        {
            foreach (var field in new[] { "settings", "fingerprint", "attention_flops_percent", "counted_multiply_accumulates", "metrics", "per_picture" })
            {
                twos[name].GetProperty(field).GetRawText().ShouldBe(point.GetProperty(field).GetRawText(), name);
            }
        }

        using (new FileStream(_folder["two/workers/worker-1-of-2.lock"], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            RunIn("two", study, "--worker", "1/2").Log.ShouldContain("another process is at work in it as worker 1 of 2");
            RunIn("two", study).Log.ShouldContain("a run of another number of workers is at work in it");
        }
    }

    [Fact]
    public void One_that_is_cancelled_goes_on_with_what_is_missing()
    {
        var study = $"{{ {Small}, \"rounds\": 0, \"parts\": [{{ \"part\": \"thresholds\", \"thresholds\": [0.1, 0.15, 0.2, 0.4] }}] }}";
        using var cancel = new CancellationTokenSource();
        using var watcher = new Timer(_ =>
        {
            if (File.Exists(_folder["out/points/d4.json"]))
            {
                cancel.Cancel();
            }
        }, null, 0, 1);

        var stopped = Ditfast.Run(Verbs.MakeRoot(), ["evaluate", _folder.Write("study.json", study), "--out", _folder["out"]], cancel.Token);
        if (stopped.Status == ExitStatus.Done)
        {
            return; // faster than the watcher: nothing was left to go on with
        }

        stopped.Status.ShouldBe(ExitStatus.Cancelled, stopped.Log);
        var kept = Stamp("points/d4.json");
        Run(study).Status.ShouldBe(ExitStatus.Done);
        Stamp("points/d4.json").ShouldBe(kept);
        using var results = Results();
        Points(results.RootElement).Count.ShouldBe(5);
    }

    [Fact]
    public void A_search_that_was_cut_off_goes_on_from_its_log_and_a_foreign_log_is_left()
    {
        var study = $"{{ {Small}, \"rounds\": 0, \"parts\": [{{ \"part\": \"search-time\", \"thresholds\": [0.4] }}] }}";
        Run(study).Status.ShouldBe(ExitStatus.Done);
        var (plan, log) = (File.ReadAllText(_folder["out/plans/delta-0.4.plan.json"]), File.ReadAllLines(_folder["out/logs/delta-0.4.jsonl"]));

        CutOff([.. log.Take(log.Length / 2)]);
        Run(study).Log.ShouldNotContain("begins anew");
        File.ReadAllText(_folder["out/plans/delta-0.4.plan.json"]).ShouldBe(plan);
        File.ReadAllLines(_folder["out/logs/delta-0.4.jsonl"]).Length.ShouldBe(log.Length);

        CutOff([log[0].Replace("official", "other", StringComparison.Ordinal), .. log.Skip(1)]);
        Run(study).Log.ShouldContain("point 'delta-0.4': its search begins anew: ");
        File.ReadAllText(_folder["out/plans/delta-0.4.plan.json"]).ShouldBe(plan);

        void CutOff(string[] lines)
        {
            File.Delete(_folder["out/points/delta-0.4.json"]);
            File.Delete(_folder["out/plans/delta-0.4.search.json"]);
            File.WriteAllLines(_folder["out/logs/delta-0.4.jsonl"], lines);
        }
    }

    [Fact]
    public void With_the_networks_weights_there_are_FID_and_Inception_Score()
    {
        var real = SomeNetwork.WritePictures(_folder["real"], 3, seed: 1);

        var result = Ditfast.Run(
            "evaluate", "--model", "demo", "--input-size", "8", "--n-steps", "2", "--n", "10", "--batch", "10", "--n-calib", "1", "--rounds", "0", "--parts", "thresholds",
            "--thresholds", "0.4", "--inception", network.File, "--real", real, "--out", _folder["out"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var results = Results();
        Points(results.RootElement)["full"].GetProperty("metrics").GetProperty("fid").GetDouble().ShouldBeGreaterThan(0);
        Points(results.RootElement)["delta-0.4"].GetProperty("metrics").GetProperty("inception_score").GetDouble().ShouldBeGreaterThanOrEqualTo(1);
        File.ReadAllText(_folder["out/tables/table-1.csv"]).ShouldContain(",FID,Inception Score,");
        results.RootElement.GetProperty("notes").EnumerateArray().ShouldNotContain(note => note.GetString()!.Contains("no FID", StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_that_draws_from_text_has_negative_prompts()
    {
        using var model = new TemporaryFolder();
        SomePixArt.Write(model);

        var result = Run($$"""
            { "model": "{{model.Path}}", "steps": 3, "pictures": 2, "batch": 1, "calibration": 1, "rounds": 0, "prompts": ["a cat", "the sea"],
              "parts": [{ "part": "negative-prompts", "negative_prompts": ["blurry", "text"], "thresholds": [0.15] }] }
            """);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var results = Results();
        Points(results.RootElement).Keys.ShouldBe(["full", "d6", "full-n1", "d6-n1", "full-n2", "d6-n2"]);
        results.RootElement.GetProperty("tables")[0].GetProperty("rows").GetArrayLength().ShouldBe(3);
    }

    [Theory]
    [InlineData("""{ "parts": [""", "it is not JSON")]
    [InlineData("""[1]""", "a study is an object with the field 'parts'")]
    [InlineData("""{ "model": "demo" }""", "parts: is missing; give at least one of thresholds, ")]
    [InlineData("""{ "parts": [] }""", "parts: []: give a list of at least one.")]
    [InlineData("""{ "parts": ["treshold"] }""", "parts[0]: \"treshold\": give one of thresholds, strategies")]
    [InlineData("""{ "stepps": 4, "parts": ["plan"] }""", "stepps: a study has no such field; it has model, ")]
    [InlineData("""{ "steps": 4, "steps": 5, "parts": ["plan"] }""", "steps: is there twice; leave one out.")]
    [InlineData("""{ "steps": 1, "parts": ["plan"] }""", "steps: 1: give a whole number from 2 to 1000.")]
    [InlineData("""{ "steps": "many", "parts": ["plan"] }""", "steps: \"many\": give a whole number from 2 to 1000.")]
    [InlineData("""{ "window": "1/0", "parts": ["plan"] }""", "window: 1/0: ")]
    [InlineData("""{ "loss": "l2", "parts": ["plan"] }""", "loss: \"l2\": give one of official, paper, ssim.")]
    [InlineData("""{ "parts": ["plan", "plan"] }""", "parts: 'plan' is there 2 times")]
    [InlineData("""{ "parts": [{ "part": "plan", "thresholds": [1] }] }""", "parts[0].thresholds: the part 'plan' has no such field; it has part, threshold.")]
    [InlineData("""{ "parts": [{ "part": "thresholds", "thresholds": [0.1, 0] }] }""", "parts[0].thresholds[1]: 0: give a number above 0")]
    [InlineData("""{ "parts": [{ "part": "thresholds", "thresholds": [0.1, 0.1] }] }""", "parts[0].thresholds[1]: 0.1: is there already; give each once.")]
    [InlineData("""{ "parts": [{ "part": "thresholds", "thresholds": [] }] }""", "parts[0].thresholds: []: give a list of at least one.")]
    [InlineData("""{ "parts": [{ "part": "steps", "steps": [50, 1] }] }""", "parts[0].steps[1]: 1: give a whole number from 2 to 1000.")]
    [InlineData("""{ "parts": [{ "part": "strategies", "strategies": ["warz"] }] }""", "parts[0].strategies[0]: \"warz\": give one of full, wa, wars, ast, asc, all")]
    [InlineData("""{ "real": "x", "parts": ["plan"] }""", "real: 'x' is compared by the FID network")]
    [InlineData("""{ "labels": [11], "parts": ["plan"] }""", "labels: 11: 'demo' draws the classes 0 to 9.")]
    [InlineData("""{ "prompts": ["a cat"], "parts": ["plan"] }""", "prompts: 'demo' draws classes")]
    [InlineData("""{ "guidance_scale": 1, "steps": 2, "input_size": 8, "pictures": 1, "parts": [{ "part": "attention", "strategies": ["asc"] }] }""", "guidance_scale: 1: leaves no guidance")]
    [InlineData("""{ "model": "nowhere", "parts": ["plan"] }""", "nowhere")]
    public void What_is_wrong_with_a_study_is_said_in_one_line(string study, string message)
    {
        var result = Run(study);

        result.Status.ShouldBe(ExitStatus.UserError, result.Output);
        var line = result.Log.TrimEnd('\n').Split('\n')[^1];
        line.ShouldStartWith("ditfast: ");
        line.ShouldContain(message);
    }

    [Fact]
    public void Options_of_sets_of_pictures_do_not_go_with_a_study()
    {
        Run("""{ "parts": ["plan"] }""", "--real", "x").Log.ShouldContain("--real: '");
        Ditfast.Run("evaluate", _folder["none.json"]).Log.ShouldContain("there is no such file");
        Ditfast.Run("evaluate", _folder.Path, "--page", "x").Log.ShouldContain("--page: it is for a study");
    }

    private static void Refused(string message, params string[] arguments)
    {
        var result = Ditfast.Run(["evaluate", .. arguments]);
        result.Status.ShouldBe(ExitStatus.UserError, result.Output);
        result.Log.ShouldContain(message);
    }

    private Ditfast.Result Run(string study, params string[] arguments) => RunIn("out", study, arguments);

    private Ditfast.Result RunIn(string place, string study, params string[] arguments)
        => Ditfast.Run(["evaluate", _folder.Write("study.json", study), "--out", _folder[place], .. arguments]);

    private JsonDocument Results(string place = "out") => JsonDocument.Parse(File.ReadAllText(_folder[$"{place}/results.json"]));

    private DateTime Stamp(string file) => File.GetLastWriteTimeUtc(_folder[$"out/{file}"]);

    private static IEnumerable<string?> Ids(JsonElement results, string what) => results.GetProperty(what).EnumerateArray().Select(item => item.GetProperty("id").GetString());

    private static OrderedDictionary<string, JsonElement> Points(JsonElement results)
    {
        var points = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var point in results.GetProperty("points").EnumerateArray())
        {
            points.Add(point.GetProperty("name").GetString()!, point);
        }

        return points;
    }
}
