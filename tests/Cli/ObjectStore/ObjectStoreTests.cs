using System.Diagnostics;
using System.Text;
using System.Text.Json;
using DiTFastAttn.Cli.ObjectStore;
using DiTFastAttn.Cli.Tests.Evaluate;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.ObjectStore;

/// <summary>Workers that share a prefix of an object store: the SDK against a server of HTTP, and against what is wrong with stores.</summary>
public sealed class ObjectStoreTests : IDisposable
{
    private const string Shared = "s3://results/some/run";

    private readonly TemporaryFolder _folder = new();
    private readonly ObjectServer _server = new();

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Workers_one_of_which_is_killed_and_started_again_give_the_bits_of_a_folder()
    {
        var (made, full) = (SomeNetwork.WritePictures(_folder["made"], 9, seed: 1), SomeNetwork.WritePictures(_folder["full"], 9, seed: 2));
        string[] arguments = ["evaluate", made, "--reference", full, "--threads", "1"];
        Ditfast.Run([.. arguments, "--out", _folder["alone"]]).Status.ShouldBe(ExitStatus.Done);

        string[] shared = [.. arguments, "--out", Shared];
        _server.Silence = "worker-1-of-2.measures.pieces/00000002";
        using (var second = Ditfast.Start([.. shared, "--worker", "1/2"]))
        {
            // With two pictures in the store, and the third in hand.
            while (!_server.Silent.Wait(50))
            {
                second.HasExited.ShouldBeFalse(second.HasExited ? second.StandardError.ReadToEnd() : "");
            }

            second.Kill();
            second.WaitForExit();
        }

        _server.Silence = null;
        var first = Ditfast.Run([.. shared, "--worker", "0/2"]);
        first.Status.ShouldBe(ExitStatus.Done, first.Log);
        first.Output.ShouldContain("the last one to finish writes the result");
        var again = Ditfast.Run([.. shared, "--worker", "1/2"]);
        again.Status.ShouldBe(ExitStatus.Done, again.Log);

        foreach (var name in new[] { "metrics.csv", "pictures.csv" })
        {
            Text($"some/run/{name}").ShouldBe(File.ReadAllText(Path.Combine(_folder["alone"], name)), name);
        }

        using var alone = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["alone"], "evaluation.json")));
        using var split = JsonDocument.Parse(Text("some/run/evaluation.json"));
        foreach (var field in new[] { "pictures", "metrics", "per_picture", "settings" })
        {
            split.RootElement.GetProperty(field).GetRawText().ShouldBe(alone.RootElement.GetProperty(field).GetRawText());
        }

        _server.Keys.Count(key => key.Contains("worker-1-of-2.measures.pieces/", StringComparison.Ordinal)).ShouldBe(4); // none of them measured twice
        _server.Keys.ShouldNotContain(key => key.EndsWith(".lock", StringComparison.Ordinal) || key.Contains("probe", StringComparison.Ordinal));
        var other = Ditfast.Run([.. shared, "--worker", "0/2", "--batch", "2"]);
        other.Status.ShouldBe(ExitStatus.UserError, other.Log);
        other.Log.ShouldContain("'s3://results/some/run/pictures' is of another evaluation: batch is 1 there and 2 here");
    }

    [Fact]
    public void A_study_by_two_workers_is_that_of_a_folder()
    {
        var study = _folder.Write("study.json", """
            { "model": "demo", "input_size": 8, "steps": 4, "pictures": 3, "batch": 2, "calibration": 1, "labels": [0, 3], "rounds": 0,
              "parts": [{ "part": "thresholds", "thresholds": [0.4] }, { "part": "plan", "threshold": 0.4 }, "redundancy"] }
            """);
        Ditfast.Run("evaluate", study, "--out", _folder["alone"]).Status.ShouldBe(ExitStatus.Done);

        foreach (var worker in new[] { "1/2", "0/2" })
        {
            var result = Ditfast.Run("evaluate", study, "--out", Shared, "--worker", worker);
            result.Status.ShouldBe(ExitStatus.Done, result.Log);
        }

        using var alone = JsonDocument.Parse(File.ReadAllText(_folder["alone/results.json"]));
        using var split = JsonDocument.Parse(Text("some/run/results.json"));
        foreach (var (one, two) in alone.RootElement.GetProperty("points").EnumerateArray().Zip(split.RootElement.GetProperty("points").EnumerateArray()))
        {
            foreach (var field in new[] { "name", "fingerprint", "attention_flops_percent", "counted_multiply_accumulates", "metrics", "per_picture", "pictures" })
            {
                two.GetProperty(field).GetRawText().ShouldBe(one.GetProperty(field).GetRawText());
            }
        }

        foreach (var name in new[] { "tables/table-1.csv", "figures/figure-4-steps.csv", "images/samples.png", "images/attention-maps.png", "images/plan-delta-0.4.svg", "pictures/delta-0.4/00002.png" })
        {
            _server[$"some/run/{name}"].ShouldBe(File.ReadAllBytes(_folder[$"alone/{name}"]), name);
        }

        _server.Keys.ShouldContain("some/run/logs/delta-0.4.jsonl");
        var again = Ditfast.Run("evaluate", study, "--out", Shared);
        again.Log.ShouldContain("3 points, 3 there already");
    }

    [Fact]
    public void Pictures_are_drawn_once_and_others_settings_are_refused()
    {
        string[] arguments = ["generate", "demo", "--label", "0", "--label", "1", "--label", "2", "--n-steps", "2", "--batch", "1"];
        Ditfast.Run([.. arguments, "--out", _folder["alone"]]).Status.ShouldBe(ExitStatus.Done);
        Ditfast.Run([.. arguments, "--out", Shared, "--worker", "0/2"]).Output.ShouldContain("2 pictures in ");
        Ditfast.Run([.. arguments, "--out", Shared, "--worker", "1/2", "--json", _folder["result.json"]]).Output.ShouldContain("1 picture in ");
        File.ReadAllText(_folder["result.json"]).ShouldContain("\"s3://results/some/run/00001.png\"");

        foreach (var name in new[] { "00000.png", "00001.png", "00002.png" })
        {
            _server[$"some/run/{name}"].ShouldBe(File.ReadAllBytes(_folder[$"alone/{name}"]), name);
        }

        Ditfast.Run([.. arguments, "--out", Shared, "--resume"]).Output.ShouldContain("0 pictures in 0.0 s, 3 there already: s3://results/some/run");
        var other = Ditfast.Run([.. arguments, "--seed", "1", "--out", Shared, "--resume"]);
        other.Status.ShouldBe(ExitStatus.UserError, other.Log);
        other.Log.ShouldContain("was made with other settings");
    }

    [Fact]
    public void A_name_is_held_while_there_are_signs_of_life()
    {
        using var one = ObjectFolder.Open(ObjectAddress.Parse(Shared), CancellationToken.None);
        using var two = ObjectFolder.Open(ObjectAddress.Parse(Shared), CancellationToken.None);

        // So long that no load of the machine keeps the signs away.
        Environment.SetEnvironmentVariable(ObjectServer.LeaseSeconds, "20");
        using (one.TryHold("x.lock").ShouldNotBeNull())
        {
            two.TryHold("x.lock").ShouldBeNull();
        }

        Environment.SetEnvironmentVariable(ObjectServer.LeaseSeconds, "2");
        using (two.TryHold("x.lock").ShouldNotBeNull())
        {
            // Somebody else has taken it meanwhile.
            _server["some/run/x.lock"] = Encoding.UTF8.GetBytes("somebody 2\n");
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < TimeSpan.FromMinutes(1) && Publish(two) is null)
            {
                Thread.Sleep(100);
            }

            Publish(two).ShouldNotBeNull().ShouldContain("another process has taken 'x.lock'");
        }

        // What it left behind shows no life.
        using var third = one.TryHold("x.lock").ShouldNotBeNull();
    }

    [Theory]
    [InlineData("s3://", "--out s3://: give s3://BUCKET/PREFIX")]
    [InlineData("s3:///x", "--out s3:///x: give s3://BUCKET/PREFIX")]
    [InlineData("s3://Results/x", "a bucket's name is 3 to 63 lowercase letters")]
    [InlineData("s3://results/../x", "a prefix has no empty part")]
    [InlineData("s3://nowhere/x", "there is no bucket 'nowhere' at http://127.0.0.1:")]
    [InlineData("s3://results/x", "refuses (InvalidAccessKeyId); AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID", "nobody")]
    [InlineData("s3://results/x", "http://127.0.0.1:1 does not answer (Connection refused)", "AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")]
    [InlineData("s3://results/x", "AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL minio: give the store's address", "AWS_ENDPOINT_URL_S3", "minio")]
    [InlineData("s3://results/x", "takes no heed of 'If-None-Match: *'", "heeds", "no")]
    public void A_store_that_will_not_do_is_told_before_any_work(string place, string said, string? variable = null, string? value = null)
    {
        if (variable == "heeds")
        {
            _server.HeedsConditions = false;
        }
        else if (variable is not null)
        {
            Environment.SetEnvironmentVariable(variable, value); // put back with the server
        }

        var result = Ditfast.Run("generate", "demo", "--label", "0", "--n-steps", "2", "--out", place);

        result.Status.ShouldBe(ExitStatus.UserError, result.Log);
        result.Log.ShouldContain(said);
        result.Log.Trim().ShouldNotContain("\n");
    }

    [Fact]
    public void Without_credentials_it_says_which()
    {
        using var program = Ditfast.Start(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AWS_ACCESS_KEY_ID"] = "", ["AWS_SECRET_ACCESS_KEY"] = "", ["AWS_SHARED_CREDENTIALS_FILE"] = _folder["none"], ["AWS_CONFIG_FILE"] = _folder["none"],
            },
            "generate", "demo", "--label", "0", "--out", Shared);

        var error = program.StandardError.ReadToEnd();
        program.WaitForExit();

        program.ExitCode.ShouldBe(ExitStatus.UserError, error);
        error.ShouldContain("there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }

    [Fact]
    public void Verbs_that_write_to_folders_say_so()
        => Ditfast.Run("demo", "--out", Shared).Log.ShouldContain("--out s3://results/some/run: only 'generate' and 'evaluate' write to an object store; give a folder.");

    private static string? Publish(ObjectFolder folder)
    {
        try
        {
            File.WriteAllText(folder["z"], "");
            folder.Publish("z");
            return null;
        }
        catch (DiTFastAttn.Evaluation.EvaluationException error)
        {
            return error.Message;
        }
    }

    private string Text(string key) => Encoding.UTF8.GetString(_server[key]);
}
