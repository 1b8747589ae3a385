using System.Text.Json.Nodes;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Search;

public sealed class SearchVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_search_that_is_killed_goes_on_and_writes_the_same_plan()
    {
        Ditfast.Run(Arguments("whole")).Status.ShouldBe(ExitStatus.Done);
        var lines = File.ReadAllLines(_folder["whole.log"]).Length;
        lines.ShouldBeGreaterThan(20);
        var random = new Random(11);

        // Twice killed, then to its end.
        for (var kill = 0; kill < 2; kill++)
        {
            var until = random.Next(2, lines - 2);
            using var process = Ditfast.Start([.. Arguments("killed"), "--resume"]);
            while (!process.HasExited && CountLines(_folder["killed.log"]) < until)
            {
                Thread.Sleep(2);
            }

            process.Kill();
            process.WaitForExit();
        }

        var result = Ditfast.Run([.. Arguments("killed"), "--resume"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        File.ReadAllText(_folder["killed/plan.json"]).ShouldBe(File.ReadAllText(_folder["whole/plan.json"]));
        File.ReadAllLines(_folder["killed.log"]).Length.ShouldBe(lines);
    }

    [Fact]
    public void A_search_within_a_budget_that_is_killed_goes_on_and_writes_the_same_plan()
    {
        Ditfast.Run(Within("whole")).Status.ShouldBe(ExitStatus.Done);
        var lines = File.ReadAllLines(_folder["whole.log"]).Length;
        lines.ShouldBeGreaterThan(20);
        var validation = Array.FindIndex(File.ReadAllLines(_folder["whole.log"]), line => line.Contains("\"kind\":\"validation\"", StringComparison.Ordinal));
        validation.ShouldBeInRange(1, lines - 4);
        var random = new Random(11);

        // Killed while it searches, then while it validates and guards, then to its end.
        foreach (var until in new[] { random.Next(2, validation), random.Next(validation + 1, lines) })
        {
            using var process = Ditfast.Start([.. Within("killed"), "--resume"]);
            while (!process.HasExited && CountLines(_folder["killed.log"]) < until)
            {
                Thread.Sleep(2);
            }

            process.Kill();
            process.WaitForExit();
        }

        var result = Ditfast.Run([.. Within("killed"), "--resume"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        File.ReadAllText(_folder["killed/plan.json"]).ShouldBe(File.ReadAllText(_folder["whole/plan.json"]));
        File.ReadAllLines(_folder["killed.log"]).Length.ShouldBe(lines);
    }

    [Fact]
    public void The_result_says_what_was_found_and_computed()
    {
        var json = _folder["result.json"];
        Ditfast.Run([.. Arguments("a"), "--json", json]).Status.ShouldBe(ExitStatus.Done);

        var result = JsonNode.Parse(File.ReadAllText(json))!;
        result["attention_flops_percent"]!.GetValue<double>().ShouldBeInRange(1, 99);
        result["trials"]!.GetValue<int>().ShouldBeGreaterThan(10);
        var plan = PlanFile.Load(_folder["a/plan.json"]);
        plan.Steps.ShouldBe(5);
        plan.Origin.Threshold.ShouldBe(0.2);
        plan.Origin.CalibrationSamples.ShouldBe(2);
        File.Exists(_folder["a/plan.svg"]).ShouldBeTrue();
    }

    [Fact]
    public void A_budget_is_kept_and_the_plan_is_the_best_of_the_candidates()
    {
        var json = _folder["result.json"];
        var result = Ditfast.Run(
            "search", "demo", "--n-steps", "5", "--n-calib", "2", "--input-size", "16", "--target-flops", "60%", "--threshold", "0.3", "--threads", "1",
            "--out", _folder["rows"], "--json", json);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        var summary = JsonNode.Parse(File.ReadAllText(json))!;
        summary["attention_flops_percent"]!.GetValue<double>().ShouldBeInRange(1, 60);
        var decibels = result.Output.Split('\n').Where(line => line.Contains(" dB on the calibration samples", StringComparison.Ordinal))
            .Select(line => double.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        decibels.Length.ShouldBeGreaterThan(2);
        decibels.ShouldContain(psnr => Math.Abs(psnr - summary["calibration_psnr"]!.GetValue<double>()) < 0.06);
    }

    [Fact]
    public void A_limit_of_memory_is_held_and_every_validation_sample_is_guarded()
    {
        var json = _folder["result.json"];
        var result = Ditfast.Run(
            "search", "demo", "--n-steps", "5", "--n-calib", "2", "--input-size", "16", "--target-flops", "50%", "--max-cache-memory", "800K", "--guard", "18",
            "--n-validation", "3", "--rounds", "1", "--threads", "1", "--out", _folder["guarded"], "--json", json);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        var summary = JsonNode.Parse(File.ReadAllText(json))!;
        summary["worst_validation_psnr"]!.GetValue<double>().ShouldBeInRange(18, summary["validation_psnr"]!.GetValue<double>());
        result.Output.ShouldContain("dB on 3 validation samples");
    }

    [Fact]
    public void Attention_and_feed_forwards_are_planned_together()
    {
        var json = _folder["result.json"];
        var result = Ditfast.Run(
            "search", "demo", "--sites", "attention,feedforward", "--n-steps", "4", "--n-calib", "1", "--n-validation", "1", "--input-size", "16", "--target-flops", "50%",
            "--candidates", "ast", "--rounds", "1", "--threads", "1", "--out", _folder["joint"], "--json", json);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        var summary = JsonNode.Parse(File.ReadAllText(json))!;
        summary["flops_percent"]!.GetValue<double>().ShouldBeInRange(25, 50);
        result.Output.ShouldContain("with feed-forwards");
        var plan = PlanFile.Load(_folder["joint/plan.json"]);
        plan.Model.Sites.Count(site => site.SubLayer > 0).ShouldBe(plan.Model.Sites.Count / 2);
        plan.Rows.ShouldContain(row => row[1] == "ast");
        File.ReadAllText(_folder["joint/plan.svg"]).ShouldContain("blocks.0.mlp");
        var check = Ditfast.Run("plan", "check", _folder["joint/plan.json"]);
        check.Output.ShouldContain("tokens: the plan has 64, the run 1024."); // made at another resolution than the demo's
        check.Output.ShouldNotContain("model.sites");
    }

    [Fact]
    public void The_searches_are_measured_and_their_plans_judged_on_unseen_samples()
    {
        var json = _folder["bench.json"];
        var result = Ditfast.Run(
            "bench", "search", "--input-size", "16", "--n-steps", "4", "--n-calib", "2", "--n-held-out", "3", "--unseen", "6", "--probes", "1", "--rounds", "1", "--groups", "1,2",
            "--threads", "1", "--log", _folder["logs"], "--json", json);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        var report = JsonNode.Parse(File.ReadAllText(json))!;
        var modes = report["rows"]!.AsArray().ToDictionary(row => row!["mode"]!.GetValue<string>(), row => row!);
        modes.Keys.ShouldBe(["naive", "reused", "early", "adjoint", "planned"]);
        modes["reused"]["same_plan"]!.GetValue<bool>().ShouldBeTrue();
        modes["reused"]["block_evaluations"]!.GetValue<double>().ShouldBeLessThan(0.75 * modes["naive"]["block_evaluations"]!.GetValue<double>());
        modes["early"]["block_evaluations"]!.GetValue<double>().ShouldBeLessThan(modes["reused"]["block_evaluations"]!.GetValue<double>());
        Directory.GetFiles(_folder["logs"], "planned-*.jsonl").Length.ShouldBe(10, "a log for each budget");
        var budgets = report["budgets"]!.AsArray();
        budgets.Count.ShouldBeGreaterThan(5);
        foreach (var row in budgets)
        {
            row!["attention_flops_percent"]!.GetValue<double>().ShouldBeLessThanOrEqualTo(row["budget"]!.GetValue<double>() + 1e-9);
            row["worst_psnr"]!.GetValue<double>().ShouldBeLessThanOrEqualTo(row["planned_psnr"]!.GetValue<double>());
        }
    }

    [Theory]
    [InlineData("dpmsolver++")]
    [InlineData("unipc")]
    public void Samplers_that_remember_have_row_plans_too(string scheduler)
    {
        var json = _folder["bench.json"];
        var result = Ditfast.Run(
            "bench", "search", "--scheduler", scheduler, "--input-size", "16", "--n-steps", "4", "--n-calib", "1", "--unseen", "1", "--probes", "1", "--rounds", "1", "--budgets", "70,90",
            "--threads", "1", "--json", json);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        var report = JsonNode.Parse(File.ReadAllText(json))!;
        report["rows"]!.AsArray().ShouldContain(row => row!["mode"]!.GetValue<string>() == "adjoint");
        report["budgets"]!.AsArray().ShouldAllBe(row => row!["row_psnr"]!.GetValue<double>() > 5);
    }

    [Fact]
    public void Memory_is_predicted_within_a_twentieth_and_at_most_half_of_keeping_everything()
    {
        var json = _folder["memory.json"];
        Ditfast.Run("bench", "memory", "--input-size", "16", "--n-steps", "6", "--json", json).Status.ShouldBe(ExitStatus.Done);

        var rows = JsonNode.Parse(File.ReadAllText(json))!["rows"]!.AsArray();
        rows.Count.ShouldBe(12, "each plan with state as computed and in half the bytes");
        foreach (var row in rows)
        {
            var (predicted, measured) = (row!["predicted_bytes"]!.GetValue<long>(), row["measured_bytes"]!.GetValue<long>());
            ((double)predicted).ShouldBeInRange(0.95 * measured, 1.05 * measured);
            measured.ShouldBeLessThanOrEqualTo(row["keep_everything_bytes"]!.GetValue<long>() / 2);
        }

        rows.Any(row => row!["measured_bytes"]!.GetValue<long>() > 0).ShouldBeTrue();
        foreach (var (whole, half) in rows.Take(6).Zip(rows.Skip(6)))
        {
            half!["kept_as"]!.GetValue<string>().ShouldBe("float16");
            half["measured_bytes"]!.GetValue<long>().ShouldBe(whole!["measured_bytes"]!.GetValue<long>() / 2);

            // Rounding to 11 bits is far below what the plans themselves lose.
            half["psnr"]!.GetValue<double>().ShouldBe(whole["psnr"]!.GetValue<double>(), 0.5);
        }
    }

    [Fact]
    public void A_log_in_use_or_of_another_search_is_refused_with_one_line()
    {
        Ditfast.Run(Arguments("a")).Status.ShouldBe(ExitStatus.Done);

        var again = Ditfast.Run(Arguments("a"));
        again.Status.ShouldBe(ExitStatus.UserError);
        again.Log.ShouldContain("holds a search already");

        var other = Ditfast.Run([.. Arguments("a"), "--resume", "--seed", "7"]);
        other.Status.ShouldBe(ExitStatus.UserError);
        other.Log.ShouldContain("latents is");
    }

    [Theory]
    [InlineData("search demo --threshold 0", "--threshold 0: give a number above 0")]
    [InlineData("search demo --threshold nan", "--threshold nan: give a number")]
    [InlineData("search demo --candidates ast,wrs", "--candidates wrs: no such strategy; known are full, wa, wars, ast, asc")]
    [InlineData("search demo --candidates asc --guidance-scale 1", "--candidates asc: shares between the guidance halves")]
    [InlineData("search demo --target-flops 0%", "--target-flops 0%: give a part above 0%")]
    [InlineData("search demo --target-flops half", "--target-flops half: give a part above 0%")]
    [InlineData("search demo --target-seconds 0", "--target-seconds 0: give a number above 0")]
    [InlineData("search demo --target-psnr nan", "--target-psnr nan: give a number above 0")]
    [InlineData("search demo --max-cache-memory 12Q --target-psnr 30", "--max-cache-memory 12Q: give a number above 0")]
    [InlineData("search demo --max-cache-memory 12M", "--max-cache-memory: give --target-flops, --target-seconds or --target-psnr beside it")]
    [InlineData("search demo --guard 30 --n-validation 0", "--guard: give --n-validation of at least 1")]
    [InlineData("search demo --n-calib 0", "--n-calib 0: give a whole number of at least 1")]
    [InlineData("search demo --sites temporal", "--sites temporal: the model has no such sites; it has attention, self")]
    [InlineData("search demo --sites time", "--sites time: give one of attention, self, spatial, temporal, cross, feedforward")]
    [InlineData("search demo --resume", "--resume: give the --log to go on from")]
    [InlineData("search no-such-file.safetensors", "no-such-file.safetensors")]
    public void What_is_wrong_is_said_before_the_search(string line, string expected)
    {
        var result = Ditfast.Run([.. line.Split(' '), "--out", _folder["out"]]);

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldContain(expected);
        result.Log.TrimEnd('\n').ShouldNotContain('\n');
    }

    private string[] Arguments(string name) =>
    [
        "search", "demo", "--n-steps", "5", "--n-calib", "2", "--input-size", "16", "--threshold", "0.2", "--threads", "1",
        "--log", _folder[name + ".log"], "--out", _folder[name],
    ];

    // The greedy search's lines come first, the scores, runs and moves behind them, the guard's runs last.
    private string[] Within(string name) =>
    [
        "search", "demo", "--n-steps", "4", "--n-calib", "2", "--input-size", "16", "--threshold", "0.2", "--target-flops", "70%", "--rounds", "1", "--n-validation", "2",
        "--guard", "40", "--candidates", "ast,wars", "--threads", "1", "--log", _folder[name + ".log"], "--out", _folder[name],
    ];

    private static int CountLines(string path)
    {
        // The search holds the file: a lock that only those heed who ask for one.
        var start = new System.Diagnostics.ProcessStartInfo("wc", ["-l", path]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var count = System.Diagnostics.Process.Start(start)!;
        var text = count.StandardOutput.ReadToEnd();
        count.WaitForExit();
        return int.TryParse(text.Split(' ')[0], out var lines) ? lines : 0;
    }
}
