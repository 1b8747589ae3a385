using System.Text.Json;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Bench;

/// <summary><c>bench load</c>, and what it is for: loading takes no more memory than the model and one shard. How fast it is is nothing that a test can hold.</summary>
public sealed class BenchLoadTests
{
    [Fact]
    public void Loading_takes_less_than_a_file_besides_the_model()
    {
        const int Mebibytes = 64;
        using var folder = new TemporaryFolder();

        var result = Ditfast.Run("bench", "load", "--mib", $"{Mebibytes}", "--seconds", "0", "--threads", "1", "--json", folder["bench.json"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        using var report = JsonDocument.Parse(File.ReadAllText(folder["bench.json"]));
        var rows = report.RootElement.GetProperty("rows").EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("to").GetString()).ShouldBe(["float32", "bfloat16"]);
        rows.ShouldAllBe(row => row.GetProperty("bytes").GetInt64() > Mebibytes << 20 && row.GetProperty("ratio_to_plain_read").GetDouble() > 0);

        // What is read at a time is a few mebibytes; the rest of the margin is for what the test's process does meanwhile.
        rows.ShouldAllBe(row => row.GetProperty("extra_memory_bytes").GetInt64() < Mebibytes << 19);
    }
}
