using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Bench;

/// <summary><c>bench sample</c> measures and reports. How long a call takes is nothing that a test can hold.</summary>
public sealed class BenchSampleTests
{
    [Fact]
    public void A_row_has_the_call_in_full_the_yardstick_and_a_step_of_the_plan()
    {
        using var folder = new TemporaryFolder();
        var result = Ditfast.Run("bench", "sample", "--model", "shapes-dit", "--batch", "2", "--seconds", "0", "--threads", "1", "--json", folder["bench.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var json = JsonDocument.Parse(File.ReadAllText(folder["bench.json"]));
        var row = json.RootElement.GetProperty("rows")[0];
        row.GetProperty("model").GetString().ShouldBe("shapes-dit");
        row.GetProperty("tokens").GetInt64().ShouldBe(1024);
        foreach (var name in new[] { "seconds_min", "torch_seconds_min", "gflops", "peak_gflops", "fraction_of_peak", "plan_seconds", "plan_speedup" })
        {
            row.GetProperty(name).GetDouble().ShouldBeGreaterThan(0, name);
        }
    }

    [Theory]
    [InlineData("--batch", "3", "--batch 3: it holds both halves of guidance; give an even number.")]
    [InlineData("--model", "dit", "--model dit: give one of shapes-dit, dit-xl-2-block, dit-xl-2-512, pixart-sigma-1024, pixart-sigma-2k")]
    public void Bad_input_is_told(string option, string value, string said)
    {
        var result = Ditfast.Run("bench", "sample", option, value);

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldContain(said);
    }
}
