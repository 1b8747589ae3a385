using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using Spectre.Console;

namespace DiTFastAttn.Cli.Run;

/// <summary>Measures a batch with and without a plan, and says what came out.</summary>
internal static class RunReport
{
    /// <summary>Draws the batch with full attention and, where there is one, by the plan.</summary>
    /// <param name="call">The call.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="count">Pictures in it.</param>
    /// <param name="plan">The plan, or <see langword="null"/> for full attention only.</param>
    /// <param name="full">Full attention everywhere.</param>
    public static RunResult Measure(VerbCall call, TimedBatch batch, int count, AttentionPlan? plan, AttentionPlan full)
    {
        using var bar = new ProgressBar(call.Terminal, "measure", (plan is null ? 1L : 2L) * batch.Steps, "steps");
        long done = 0;
        var (fullPictures, fullTimes) = batch.Draw(full, () => bar.Report(++done), call.Cancellation);
        using (fullPictures)
        {
            var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
            var times = fullTimes;
            if (plan is not null)
            {
                (var drawn, times) = batch.Draw(plan, () => bar.Report(++done), call.Cancellation);
                using (drawn)
                using (var reference = fullPictures.clamp(-1, 1))
                using (var clamped = drawn.clamp(-1, 1))
                {
                    metrics["psnr"] = PeakSignalToNoise.PerSample(reference, clamped, dataRange: 2).Average();
                    metrics["ssim"] = StructuralSimilarity.Mean(reference, clamped, dataRange: 2);
                }
            }

            return new RunResult(
                "", null, 0, count, times.Whole, times.Transformer, times.Attention, times.Other, plan is null ? null : fullTimes, 0, PeakMemory(), metrics, null)
            {
                Command = call.CommandLine, Environment = EnvironmentRecord.Of(batch.Device),
            };
        }
    }

    /// <summary>Prints a table of times and quality.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="result">What was measured.</param>
    /// <param name="what">What a batch is of, in the plural.</param>
    public static void Print(Terminal terminal, RunResult result, string what)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("", "whole, s", "transformer, s", "attention, s", "other, s", "attention FLOPs, %", "PSNR, dB", "SSIM");
        if (result.Full is { } full)
        {
            table.AddRow("full", Number(full.Whole), Number(full.Transformer), Number(full.Attention), Number(full.Other), "100.0", "", "");
        }

        table.AddRow(
            result.Plan is null ? "full" : "plan", Number(result.Latency), Number(result.TransformerLatency), Number(result.AttentionLatency), Number(result.OtherLatency),
            result.AttentionFlopsPercent.ToString("F1", CultureInfo.InvariantCulture), Metric("psnr", "F1"), Metric("ssim", "F4"));
        terminal.Write(table);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{result.Batch} {what} a batch; search {result.SearchSeconds:F1} s; memory {result.MaxMemoryBytes / 1e9:F2} GB at most"));
        if (result.CacheMemory is { } cache)
        {
            terminal.Line(string.Create(
                CultureInfo.InvariantCulture, $"residuals and outputs: {cache.PeakBytes / 1e6:F1} MB at most; kept for every site all the time they would be {cache.KeepEverythingBytes / 1e6:F1} MB"));
        }

        string Metric(string name, string format) => result.Metrics.TryGetValue(name, out var value) ? value.ToString(format, CultureInfo.InvariantCulture) : "";
    }

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private static string Number(double seconds) => seconds.ToString("F3", CultureInfo.InvariantCulture);
}
