using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Cli;
using DiTFastAttn.Cli.Demo;
using DiTFastAttn.Cli.Run;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Report.Tests;

/// <summary><c>report</c> without a browser: what it finds in whose folders, its files, and what is wrong with a folder.</summary>
public sealed class ReportVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_study_is_told_in_the_terminal_as_csv_and_as_json()
    {
        var study = SampleStudy.Write(_folder["study"]);

        var result = Ditfast.Run("report", study, "--csv", _folder["csv"], "--json", _folder["report.json"], "--title", "Mine");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Log.ShouldBeEmpty();
        result.Output.ShouldStartWith("Mine\nsummary of 'D3', it computes least of those that keep a mean PSNR of 28 dB:\n");
        result.Output.ShouldContain("1.33 ×");
        result.Output.ShouldContain("9.00 s instead of 12.0 s with full attention, everything included. Attention alone: 1.33×.");
        result.Output.ShouldContain("Table 1, in the paper");
        result.Output.ShouldContain("note: The Inception Score is of few pictures.");
        var size = new FileInfo(Path.Combine(study, "report.html")).Length;
        result.Output.ShouldEndWith(FormattableString.Invariant($"page: {Path.Combine(study, "report.html")} ({size / 1e6:F2} MB, 13 of 13 picture files)\n"));
        File.ReadAllText(_folder["csv/tables/table-1.csv"]).ShouldBe("plan,\"PSNR, dB\",note\nD3,34.5,\"a, b\"\nfull,Infinity,\nD10,,\"say \"\"no\"\"\"\nD6,24.25,x\n");
        File.ReadAllText(_folder["csv/tables/table-1-paper.csv"]).ShouldBe("plan,FID\nD3,3.07\nD6,3.52\n");
        File.ReadAllLines(_folder["csv/figures/figure-8.csv"]).ShouldBe(["series,\"FLOPs, %\",\"latency, s\",label", "whole,100,12,full", "whole,61.25,9,D3", "whole,NaN,1,lost", "whole,3,Infinity,endless", "attention,100,6,", "attention,50,3,"]);
        File.ReadAllLines(_folder["csv/tables/runs.csv"])[1].ShouldStartWith("full,thresholds,100,100,12,11,6,1,Infinity,");
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["report.json"]));
        json.RootElement.GetProperty("page_bytes").GetInt64().ShouldBe(size);
        var report = json.RootElement.GetProperty("report");
        report.GetProperty("format").GetString().ShouldBe("ditfastattn-report/1");
        report.GetProperty("plans")[0].GetProperty("log").GetString().ShouldBe("logs/D3.jsonl");
        report.GetProperty("plans")[1].GetProperty("log").ValueKind.ShouldBe(JsonValueKind.Null); // its rows are another search's
        report.GetProperty("comparisons")[0].GetProperty("pairs")[0].GetProperty("reference").GetString().ShouldBe("pictures/full/00000.png");
        report.GetProperty("figures").EnumerateArray().Select(figure => figure.GetProperty("id").GetString()).ShouldBe(["pareto-psnr-latency", "pareto-psnr-flops", "figure-8"]);
        _folder.Names.ShouldNotContain(name => name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void The_front_is_of_runs_that_no_other_beats()
    {
        var study = SampleStudy.Write(_folder["study"], results =>
        {
            var points = results["points"]!.AsArray();
            var beaten = points[1]!.DeepClone();
            (beaten["name"], beaten["attention_flops_percent"], beaten["metrics"]!["psnr"]) = ("beaten", 70, 30);
            points.Add(beaten);
            var other = beaten.DeepClone();
            (other["name"], other["reference"], other["metrics"]!["psnr"]) = ("of other steps", "full-t50", 60);
            points.Add(other);
        });

        Ditfast.Run("report", study, "--json", _folder["report.json"]).Status.ShouldBe(ExitStatus.Done);

        using var json = JsonDocument.Parse(File.ReadAllText(_folder["report.json"]));
        var series = json.RootElement.GetProperty("report").GetProperty("figures")[1].GetProperty("series").EnumerateArray().ToList();
        series[0].GetProperty("points").GetArrayLength().ShouldBe(3);
        series[1].GetProperty("is_front").GetBoolean().ShouldBeTrue();
        series[1].GetProperty("points").EnumerateArray().Select(mark => mark.GetProperty("label").GetString()).ShouldBe(["D6", "D3"]);
    }

    [Fact]
    public void A_page_holds_as_many_pictures_as_it_may()
    {
        var study = SampleStudy.Write(_folder["study"]);

        var result = Ditfast.Run("report", study, "--max-pictures", "5", "--json", _folder["report.json"]);

        // The drawing; of the first picture full, D3 and D6; the second of D3 would need two files.
        result.Output.ShouldContain("4 of 13 picture files; --max-pictures takes more");
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["report.json"]));
        json.RootElement.GetProperty("report").GetProperty("comparisons").EnumerateArray().Select(run => run.GetProperty("pairs").GetArrayLength()).ShouldBe([1, 1]);
        Ditfast.Run("report", study, "--max-pictures", "0").Output.ShouldContain("0 of 13 picture files");
    }

    [Fact]
    public void Pictures_that_are_missing_or_damaged_are_named_and_counted()
    {
        var study = SampleStudy.Write(_folder["study"]);
        File.Delete(Path.Combine(study, "pictures", "D3", "00001.png"));
        File.WriteAllText(Path.Combine(study, "pictures", "D6", "00002.png"), "no picture");
        File.Delete(Path.Combine(study, "images", "maps.png"));

        var result = Ditfast.Run("report", study);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldContain("note: 3 of 13 picture files are missing or cannot be read: images/maps.png, pictures/D3/00001.png, pictures/D6/00002.png.");
        result.Output.ShouldContain("10 of 13 picture files");
    }

    [Fact]
    public void A_plan_that_is_missing_or_damaged_is_named_and_the_rest_is_shown()
    {
        var study = SampleStudy.Write(_folder["study"]);
        File.Delete(Path.Combine(study, "plans", "D3.plan.json"));
        File.WriteAllText(Path.Combine(study, "plans", "D6.plan.json"), "{ \"format\": \"ditfastattn-plan/1\" }");

        var result = Ditfast.Run("report", study);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldContain($"note: plan '{Path.Combine(study, "plans", "D3.plan.json")}': cannot be read");
        result.Output.ShouldContain("D6.plan.json");
        result.Output.ShouldContain("1.33 ×");
    }

    [Fact]
    public void A_study_names_nothing_outside_its_folder()
    {
        File.WriteAllText(_folder["secret.png"], "secret");
        var study = SampleStudy.Write(_folder["study"], results =>
        {
            results["images"]![0]!["file"] = "../secret.png";
            results["points"]![1]!["plan"] = "../secret.png";
        });

        var result = Ditfast.Run("report", study);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldContain("note: image '../secret.png' lies outside the folder and is not shown.");
        result.Output.ShouldContain("note: plan '../secret.png' lies outside the folder and is not shown.");
    }

    [Fact]
    public void A_demo_is_reported_with_its_candidates_and_pictures()
    {
        var summary = new DemoSummary(
            12, 8, 1.5, 1, 1, 31.5, 27, 0.97, 60, 20, 12.5, "periodic: wars", "plan.json", [new("periodic: wars", 60, 32), new("greedy", 70, 33)],
            [.. Enumerable.Range(0, SampleStudy.Pictures).Select(number => new DemoSummary.Picture(number, "disc", 31))]) { Command = "./ditfast demo" };
        Directory.CreateDirectory(_folder["demo"]);
        JsonResult.Write(_folder["demo/summary.json"], summary);
        File.WriteAllText(_folder["demo/plan.json"], SampleStudy.Plan(isSearched: true));
        SampleStudy.WritePictures(_folder["demo/pictures/full"], 0);
        SampleStudy.WritePictures(_folder["demo/pictures/plan"], 2);

        var result = Ditfast.Run("report", _folder["demo"], "--out", _folder["page.html"], "--json", _folder["report.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldContain("1.50 ×");
        result.Output.ShouldContain("8 of 8 picture files");
        File.Exists(_folder["demo/report.html"]).ShouldBeFalse();
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["report.json"]));
        var report = json.RootElement.GetProperty("report");
        report.GetProperty("commands")[0].GetString().ShouldBe("./ditfast demo");
        report.GetProperty("tables").EnumerateArray().Select(table => table.GetProperty("id").GetString()).ShouldBe(["runs", "candidates"]);
        report.GetProperty("comparisons")[0].GetProperty("pairs")[1].GetProperty("name").GetString().ShouldBe("disc, 1");
    }

    [Fact]
    public void An_evaluation_is_reported_with_its_metrics_and_pictures()
    {
        SampleStudy.WritePictures(_folder["made"], 4);
        SampleStudy.WritePictures(_folder["full"], 0);
        Ditfast.Run("evaluate", _folder["made"], "--reference", _folder["full"], "--out", _folder["out"]).Status.ShouldBe(ExitStatus.Done);

        var result = Ditfast.Run("report", _folder["out"], "--json", _folder["report.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["report.json"]));
        var report = json.RootElement.GetProperty("report");
        report.GetProperty("commands")[0].GetString()!.ShouldStartWith("./ditfast evaluate ");
        report.GetProperty("environment").GetProperty("device").GetString().ShouldBe("cpu");
        report.GetProperty("summaries")[0].GetProperty("cards")[0].GetProperty("id").GetString().ShouldBe("quality");
        var pair = report.GetProperty("comparisons")[0].GetProperty("pairs")[0];
        pair.GetProperty("reference").GetString().ShouldBe("../full/00000.png");
        pair.GetProperty("psnr").GetDouble().ShouldBe(10 * Math.Log10(255.0 * 255 / 16), 0.5);

        File.Delete(_folder["made/00003.png"]);
        Ditfast.Run("report", _folder["out"]).Output.ShouldContain($"note: The pictures of '{_folder["made"]}' are not those that were measured");
        Directory.Delete(_folder["made"], recursive: true);
        Ditfast.Run("report", _folder["out"]).Output.ShouldContain($"note: The pictures of '{_folder["made"]}' are not shown: there is no such folder from here.");
    }

    [Fact]
    public void Runs_of_the_papers_programs_are_told_apart_by_what_differs_in_their_titles()
    {
        Directory.CreateDirectory(_folder["output"]);
        foreach (var (threshold, latency) in new[] { ("0.05", 9.0), ("0.1", 8.0) })
        {
            var title = $"demo_calib8_steps6_threshold{threshold}_window128";
            JsonResult.Write(_folder[$"output/{title}.json"], new RunResult(
                "demo", "p", 30, 2, latency, latency - 1, 4, 1, new RunTimes(12, 11, 6), 100 * latency / 12, 1_500_000_000, new Dictionary<string, double>(StringComparer.Ordinal) { ["psnr"] = 20 + latency }, null));
            File.WriteAllText(_folder[$"output/{title}.plan.json"], SampleStudy.Plan(isSearched: true));
        }

        _folder.Write("output/other.json", "{ \"somebody\": \"else's\" }");
        _folder.Write("output/broken.json", "{");

        var result = Ditfast.Run("report", _folder["output"], "--json", _folder["report.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["report.json"]));
        var report = json.RootElement.GetProperty("report");
        report.GetProperty("points").EnumerateArray().Select(point => point.GetProperty("name").GetString()).ShouldBe(["full", "threshold0.05", "threshold0.1"]);
        report.GetProperty("plans").EnumerateArray().Select(plan => plan.GetProperty("name").GetString()).ShouldBe(["threshold0.05", "threshold0.1"]);
        report.GetProperty("points")[2].GetProperty("speedup").GetDouble().ShouldBe(1.5);
    }

    [Fact]
    public void Generated_pictures_are_compared_with_those_without_a_plan()
    {
        foreach (var (name, plan) in new[] { ("fast", "some.plan.json"), ("plain", null) })
        {
            Directory.CreateDirectory(_folder[$"all/{name}"]);
            for (var number = 0; number < 2; number++)
            {
                new Models.RgbImage(8, 8, ((byte)(number * 9), 1, 2)).SavePng(_folder[$"all/{name}/{number:00000}.png"], new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["ditfast"] = JsonSerializer.Serialize(new { model = "demo", steps = 6, seed = 0, plan, plan_sha256 = plan, picture = number, label = number }),
                });
            }
        }

        var result = Ditfast.Run("report", _folder["all"], "--json", _folder["report.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["report.json"]));
        var comparison = json.RootElement.GetProperty("report").GetProperty("comparisons").EnumerateArray().ToList().ShouldHaveSingleItem();
        comparison.GetProperty("name").GetString().ShouldBe("fast");
        comparison.GetProperty("pairs")[1].GetProperty("reference").GetString().ShouldBe("plain/00001.png");
        comparison.GetProperty("pairs")[1].GetProperty("psnr").GetString().ShouldBe("Infinity");
    }

    [Fact]
    public void A_video_has_no_psnr_of_its_first_frame()
    {
        foreach (var (name, plan) in new[] { ("fast", "some.plan.json"), ("plain", null) })
        {
            Directory.CreateDirectory(_folder[$"all/{name}"]);
            using var file = File.Create(_folder[$"all/{name}/sample_0.png"]);
            Models.AnimatedPngWriter.Write(file, [new Models.RgbImage(8, 8), new Models.RgbImage(8, 8, (9, 9, 9))], 2, 8, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["ditfast"] = JsonSerializer.Serialize(new { model = "demo", seed = 0, plan, video = 0, prompt = "rain" }),
            });
        }

        Ditfast.Run("report", _folder["all"], "--json", _folder["report.json"]).Status.ShouldBe(ExitStatus.Done);

        using var json = JsonDocument.Parse(File.ReadAllText(_folder["report.json"]));
        var pair = json.RootElement.GetProperty("report").GetProperty("comparisons")[0].GetProperty("pairs")[0];
        pair.GetProperty("reference").GetString().ShouldBe("plain/sample_0.png");
        pair.GetProperty("psnr").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public void A_plan_and_its_log_are_enough()
    {
        var study = SampleStudy.Write(_folder["study"]);
        Directory.CreateDirectory(_folder["found"]);
        File.Copy(Path.Combine(study, "plans", "D3.plan.json"), _folder["found/plan.json"]);
        File.Copy(Path.Combine(study, "logs", "D3.jsonl"), _folder["found/search.log"]);
        File.AppendAllText(_folder["found/search.log"], "{\"kind\":\"trial\",\"st"); // a search that was killed

        var result = Ditfast.Run("report", _folder["found"], "--json", _folder["report.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder["report.json"]));
        var plan = json.RootElement.GetProperty("report").GetProperty("plans").EnumerateArray().ToList().ShouldHaveSingleItem();
        plan.GetProperty("log").GetString().ShouldBe("search.log");
        plan.GetProperty("trials").GetArrayLength().ShouldBe(4 * (SampleStudy.Steps - 1));

        File.WriteAllText(_folder["found/search.log"], "{\"kind\":\"search\",\"format\":\"ditfastattn-search/1\"}\n{\"kind\":\"trial\",\"step\":\"x\"}\n{}\n");
        Ditfast.Run("report", _folder["found"]).Output.ShouldContain("line 2 is damaged; its losses are not shown.");
    }

    [Theory]
    [InlineData("{", "is damaged (")]
    [InlineData("""{ "format": "ditfastattn-study/2" }""", "its format is 'ditfastattn-study/2', and 'ditfastattn-study/1' is read here")]
    [InlineData("{}", "its format is 'none'")]
    [InlineData("[]", "is damaged (")]
    [InlineData("""{ "format": "ditfastattn-study/1", "command": "c" }""", "is damaged (")]
    public void Results_that_cannot_be_read_are_refused_in_one_line(string results, string expected)
    {
        var file = _folder.Write("study/results.json", results);

        var result = Ditfast.Run("report", _folder["study"]);

        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldStartWith($"ditfast: '{file}': ");
        result.Log.ShouldContain(expected);
        result.Log.TrimEnd().ShouldNotContain('\n');
        File.Exists(_folder["study/report.html"]).ShouldBeFalse();
    }

    [Fact]
    public void Results_whose_fields_are_wrong_are_refused_in_one_line()
    {
        foreach (var (change, expected) in new (Action<JsonObject> Change, string Expected)[]
        {
            (results => results["points"]![0]!.AsObject().Remove("name"), "is damaged ("),
            (results => results["points"]![0]!["seconds"] = "soon", "is damaged ("),
            (results => results["figures"] = null, "is damaged ("),
            (results => results["tables"]![0]!["rows"]![1]!.AsArray().RemoveAt(2), "table 'table-1' has 3 columns and a row of 2 cells"),
        })
        {
            var study = SampleStudy.Write(_folder["study"], change);
            var result = Ditfast.Run("report", study);
            result.Status.ShouldBe(ExitStatus.UserError, result.Log);
            result.Log.ShouldStartWith($"ditfast: '{Path.Combine(study, "results.json")}': ");
            result.Log.ShouldContain(expected);
            result.Log.TrimEnd().ShouldNotContain('\n');
        }
    }

    [Fact]
    public void A_folder_with_nothing_to_report_is_refused_with_what_would_be_right()
    {
        Directory.CreateDirectory(_folder["empty"]);
        _folder.Write("file", "");

        foreach (var (name, expected) in new[] { ("none", "there is no such folder"), ("file", "is a file"), ("empty", "holds nothing that a report shows") })
        {
            var result = Ditfast.Run("report", _folder[name]);
            result.Status.ShouldBe(ExitStatus.UserError);
            result.Log.ShouldBe($"ditfast: '{_folder[name]}': {expected}; give the folder of a study (results.json), of 'evaluate' (evaluation.json), of 'demo', 'run', 'search' or 'generate'.\n");
        }

        Ditfast.Run("report").Log.ShouldContain("give DIR");
        var study = SampleStudy.Write(_folder["study"]);
        Ditfast.Run("report", study, "--out", _folder["none/page.html"]).Log.ShouldContain($"--out {_folder["none/page.html"]}: there is no folder");
        Ditfast.Run("report", study, "--max-pictures", "-1").Log.ShouldContain("--max-pictures -1: give a whole number of at least 0");
    }

    [Fact]
    public void A_study_that_is_not_finished_shows_what_is_there()
    {
        var study = SampleStudy.Write(_folder["study"]);
        File.Delete(Path.Combine(study, "results.json"));
        File.WriteAllText(Path.Combine(study, "study.json"), "{}");

        var result = Ditfast.Run("report", study);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldContain("note: The study is not finished: there is no results.json yet.");
    }
}
