using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Bench;

/// <summary><c>bench vae</c> decodes and reports. How long that takes is nothing that a test can hold.</summary>
public sealed class BenchVaeTests
{
    [Fact]
    public void A_small_picture_is_decoded_in_tiles_within_the_bound()
    {
        using var folder = new TemporaryFolder();
        var json = folder["bench.json"];

        var result = Ditfast.Run("bench", "vae", "--rows", "48", "--columns", "96", "--tile", "64", "--rounds", "1", "--threads", "2", "--json", json);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        var rows = report.RootElement.GetProperty("rows").EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("threads").GetInt32()).ShouldBe([1, 2]);
        rows.ShouldAllBe(row => row.GetProperty("rows").GetInt32() == 48 && row.GetProperty("columns").GetInt32() == 96 && row.GetProperty("tile").GetInt32() == 64);
        rows.ShouldAllBe(row => row.GetProperty("seconds_min").GetDouble() > 0 && row.GetProperty("gflops").GetDouble() > 0 && row.GetProperty("peak_gflops").GetDouble() > 0);
        rows[0].GetProperty("scaling").GetDouble().ShouldBe(1);
        (rows[0].GetProperty("bound_bytes").GetInt64() > 0).ShouldBeTrue();
    }

    [Fact]
    public void A_video_is_bounded_by_the_frames_at_a_time()
    {
        using var folder = new TemporaryFolder();

        var bounds = new[] { 4, 9 }.Select(frames =>
        {
            var result = Ditfast.Run("bench", "vae", "--frames", $"{frames}", "--rows", "32", "--columns", "32", "--rounds", "1", "--threads", "1", "--json", folder["bench.json"]);
            result.Status.ShouldBe(ExitStatus.Done, result.Log);
            using var report = JsonDocument.Parse(File.ReadAllText(folder["bench.json"]));
            var row = report.RootElement.GetProperty("rows")[0];
            row.GetProperty("frames").GetInt32().ShouldBe(frames);
            return row.GetProperty("bound_bytes").GetInt64();
        }).ToList();

        (bounds[1] - bounds[0]).ShouldBe(5 * 3 * 32 * 32 * sizeof(float), "five frames more, and nothing else");
    }
}
