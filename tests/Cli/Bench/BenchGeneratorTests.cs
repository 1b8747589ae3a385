using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Bench;

/// <summary><c>bench generator</c> generates, edits and reports. How long that takes is nothing that a test can hold.</summary>
public sealed class BenchGeneratorTests
{
    [Fact]
    public void A_small_program_is_generated_and_edited()
    {
        using var folder = new TemporaryFolder();
        var json = folder["bench.json"];

        var result = Ditfast.Run("bench", "generator", "--sites", "15", "--sites-of-a-class", "10", "--rounds", "1", "--json", json);

        result.Log.ShouldNotContain("error");
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        var rows = report.RootElement.GetProperty("rows").EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("action").GetString()).ShouldBe(
        [
            "generate", "edit of a body", "edit of a body in the base class", "edit of a declaration", "edit of a site's name", "edit that adds a type",
        ]);
        rows.ShouldAllBe(row => row.GetProperty("sites").GetInt32() == 20 && row.GetProperty("classes").GetInt32() == 2);
        rows.ShouldAllBe(row => row.GetProperty("seconds_min").GetDouble() > 0 && row.GetProperty("yardstick_seconds_min").GetDouble() > 0);
        var missed = rows.Exists(row => row.GetProperty("seconds_min").GetDouble() > row.GetProperty("limit_seconds").GetDouble());
        result.Status.ShouldBe(missed ? ExitStatus.CheckFailed : ExitStatus.Done);
    }
}
