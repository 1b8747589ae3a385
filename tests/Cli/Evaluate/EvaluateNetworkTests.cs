using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Evaluation;

namespace DiTFastAttn.Cli.Tests.Evaluate;

/// <summary><c>evaluate</c> with the FID network at its full size, by one process and by several.</summary>
[Trait("Category", "Slow")]
public sealed class EvaluateNetworkTests(SomeNetwork network) : IClassFixture<SomeNetwork>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sets_are_compared_and_statistics_stand_for_real_pictures()
    {
        var made = SomeNetwork.WritePictures(_folder["made"], 7, seed: 1);
        var real = SomeNetwork.WritePictures(_folder["real"], 5, seed: 2, size: 61);

        var result = Run(made, "--real", real, "--inception", network.File, "--splits", "2", "--kid-subsets", "3");

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldContain("has 7 pictures, fewer than the 2048 features need");
        result.Output.ShouldContain("KID is of subsets of 5 pictures");
        var metrics = Metrics();
        metrics.Keys.ShouldBe(["fid", "kid", "kid_std", "precision", "recall", "inception_score", "inception_score_std"]);
        metrics["inception_score"].ShouldBeGreaterThanOrEqualTo(1);

        foreach (var file in (string[])[_folder["real.npz"], _folder["real.safetensors"]])
        {
            Run(real, "--inception", network.File, "--save-statistics", file).Output.ShouldContain("inception-score is left out: ");
            Run(made, "--real", file, "--inception", network.File, "--splits", "2").Status.ShouldBe(ExitStatus.Done);
            Metrics()["fid"].ShouldBe(metrics["fid"], 1e-5 * metrics["fid"]);
        }

        var refused = Run(made, "--real", _folder["real.safetensors"], "--inception", network.File, "--front-end", "torch-fidelity");
        refused.Status.ShouldBe(ExitStatus.UserError);
        refused.Log.ShouldContain("it was made with --front-end pytorch-fid; this is torch-fidelity");
        Run(made, "--real", _folder["real.npz"], "--inception", network.File, "--metrics", "kid").Log.ShouldContain("a file of statistics has no features");
        Run(made, "--inception", network.File, "--splits", "8", "--metrics", "inception-score").Log.ShouldContain("7 of its 7 pictures can be read; the Inception Score with --splits 8 needs at least 8");
    }

    [Fact]
    public void Weights_that_give_no_numbers_and_statistics_of_another_network_are_refused()
    {
        var made = SomeNetwork.WritePictures(_folder["made"], 2, seed: 1);
        new StatisticsFile(FeatureStatistics.FromCovariance([0, 0], [1, 0, 0, 1], 9), 9, "", InceptionFrontEnd.PytorchFid).Write(_folder["two.npz"]);
        new StatisticsFile(
            FeatureStatistics.FromCovariance(new double[2048], new double[2048 * 2048], 9), 9, "0123", InceptionFrontEnd.PytorchFid).Write(_folder["other.safetensors"]);

        Refused("its features hold NaN or infinity", made, "--inception", network.BrokenFile, "--real", made);
        Refused("it is of 2 features, the FID network has 2048", made, "--inception", network.File, "--real", _folder["two.npz"]);
        Refused("it was made with other weights (0123)", made, "--inception", network.File, "--real", _folder["other.safetensors"]);
        Refused("it has no 'mu'", made, "--inception", network.File, "--real", EmptyZip(_folder["none.npz"]));
    }

    [Fact]
    public void Workers_one_of_which_is_killed_and_started_again_give_the_bits_of_one()
    {
        var made = SomeNetwork.WritePictures(_folder["made"], 13, seed: 1);
        var real = SomeNetwork.WritePictures(_folder["real"], 9, seed: 2);
        string[] arguments = ["evaluate", made, "--real", real, "--reference", made, "--inception", network.File, "--splits", "3", "--kid-subsets", "4", "--threads", "1"];
        Wait(Start([.. arguments, "--out", _folder["alone"]], ("SLURM_ARRAY_TASK_ID", "1"), ("SLURM_ARRAY_TASK_COUNT", "1"), ("SLURM_ARRAY_TASK_MIN", "1")));

        string[] shared = [.. arguments, "--out", _folder["shared"]];
        using var first = Start(shared, ("OMPI_COMM_WORLD_RANK", "0"), ("OMPI_COMM_WORLD_SIZE", "2"));
        using (var second = Start(shared, ("OMPI_COMM_WORLD_RANK", "1"), ("OMPI_COMM_WORLD_SIZE", "2")))
        {
            // After its first picture and before its last.
            var log = Path.Combine(_folder["shared"], "pictures", "worker-1-of-2.measures");
            while (!second.HasExited && (!File.Exists(log) || new FileInfo(log).Length == 0))
            {
                Thread.Sleep(5);
            }

            second.Kill();
            second.WaitForExit();
        }

        Wait(first);
        Wait(Start(shared, ("RANK", "1"), ("WORLD_SIZE", "2")));

        Metrics(_folder["shared"]).ShouldBe(Metrics(_folder["alone"]));
        File.ReadAllText(Path.Combine(_folder["shared"], "metrics.csv")).ShouldBe(File.ReadAllText(Path.Combine(_folder["alone"], "metrics.csv")));
        File.ReadAllText(Path.Combine(_folder["shared"], "pictures.csv")).ShouldBe(File.ReadAllText(Path.Combine(_folder["alone"], "pictures.csv")));
    }

    private static Process Start(string[] arguments, params (string Name, string Value)[] environment)
        => Ditfast.Start(environment.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal), arguments);

    private static void Wait(Process process)
    {
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            process.ExitCode.ShouldBe(ExitStatus.Done, error.Result);
        }
    }

    private static string EmptyZip(string path)
    {
        // The end of a zip file's directory, with nothing before it.
        File.WriteAllBytes(path, [0x50, 0x4B, 5, 6, .. new byte[18]]);
        return path;
    }

    private Ditfast.Result Run(params string[] arguments) => Ditfast.Run(["evaluate", .. arguments, "--out", _folder["out"]]);

    private void Refused(string message, params string[] arguments)
    {
        var result = Run(arguments);
        result.Status.ShouldBe(ExitStatus.UserError, result.Output);
        result.Log.ShouldContain(message);
    }

    private Dictionary<string, double> Metrics(string? folder = null)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder ?? _folder["out"], "evaluation.json")));
        return json.RootElement.GetProperty("metrics").EnumerateObject().ToDictionary(
            metric => metric.Name,
            metric => metric.Value.ValueKind == JsonValueKind.String ? double.Parse(metric.Value.GetString()!, CultureInfo.InvariantCulture) : metric.Value.GetDouble(),
            StringComparer.Ordinal);
    }
}
