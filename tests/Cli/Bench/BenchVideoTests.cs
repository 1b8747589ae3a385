using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Bench;

/// <summary><c>bench video</c> computes and reports. How long that takes is nothing that a test can hold.</summary>
public sealed class BenchVideoTests
{
    [Fact]
    public void A_small_video_is_computed_in_full_and_by_the_plan()
    {
        using var folder = new TemporaryFolder();
        var json = folder["bench.json"];

        var result = Ditfast.Run("bench", "video", "--depth", "1", "--num-frames", "2", "--resolution", "48x32", "--threads", "1", "--json", json);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        var rows = report.RootElement.GetProperty("rows").EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("call").GetString()).ShouldBe(
        [
            "torch's attention", "full", "step 0 of the plan: full", "step 1 of the plan: ast", "step 2 of the plan: wars+asc", "step 3 of the plan: ast", "the plan's mean step",
        ]);
        rows.ShouldAllBe(row => row.GetProperty("seconds_min").GetDouble() > 0 && row.GetProperty("speedup").GetDouble() > 0);
        rows[1].GetProperty("speedup").GetDouble().ShouldBe(1);
        rows[1].GetProperty("fraction_of_peak").GetDouble().ShouldBeGreaterThan(0);
        rows[^1].GetProperty("spatial_flops_percent").GetDouble().ShouldBeInRange(25, 50);
    }
}
