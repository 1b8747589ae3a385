using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Bench;

/// <summary><c>bench inception</c> counts and reports. How long the network takes is nothing that a test can hold.</summary>
public sealed class BenchInceptionTests
{
    [Fact]
    public void A_picture_takes_the_operations_that_the_network_is_known_to_have()
    {
        using var folder = new TemporaryFolder();

        var result = Ditfast.Run("bench", "inception", "--batch", "1,2", "--rounds", "1", "--threads", "1", "--json", folder["bench.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var report = JsonDocument.Parse(File.ReadAllText(folder["bench.json"]));
        var rows = report.RootElement.GetProperty("rows").EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("batch").GetInt32()).ShouldBe([1, 2]);
        rows[0].GetProperty("gflop_a_picture").GetDouble().ShouldBe(2 * 5.71, 0.05); // 5.71 GMAC, as torchvision gives its Inception v3
        rows.ShouldAllBe(row => row.GetProperty("fraction_of_peak").GetDouble() > 0 && row.GetProperty("seconds_a_picture_min").GetDouble() > 0);
    }
}
