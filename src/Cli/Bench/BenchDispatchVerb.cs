using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Processors;
using Spectre.Console;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench dispatch</c>: what a declared site costs over a call written by hand, attached and not.</summary>
internal sealed class BenchDispatchVerb : Verb
{
    private const int Rounds = 40;
    private const int CallsARound = 50;

    public BenchDispatchVerb()
        : base("dispatch", "Measure what a declared attention site costs over a direct call.")
    {
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        using var noGrad = no_grad();
        using var probe = new DispatchProbe();
        using var hidden = zeros(2, 4, 8);
        var rows = new List<DispatchRow> { Compare("unattached", () => probe.forward(hidden), () => probe.ForwardDirectly(hidden), call.Cancellation) };

        using (var attached = AttachedModel.Attach(probe, new ProcessorCatalog(), new NoAttention(), AttentionWindow.Paper))
        using (var run = BeginRun(attached))
        {
            rows.Add(Compare("attached", () => StepOf(run), () => probe.PassDirectly(hidden), call.Cancellation));
        }

        Print(call.Terminal, rows);
        call.WriteJson(new BenchReport<DispatchRow>(rows));
        return ExitStatus.Done;

        Tensor StepOf(AttentionRun run)
        {
            using (run.Step())
            {
                return probe.forward(hidden);
            }
        }
    }

    /// <summary>One run with a step for every call.</summary>
    private static AttentionRun BeginRun(AttachedModel attached)
    {
        const int steps = 2 * Rounds * CallsARound;
        return attached.BeginRun(
            AttentionPlan.AllFull(attached, Guidance.ConditionalFirst, steps), new RunRequest(steps, Guidance.ConditionalFirst));
    }

    private static DispatchRow Compare(string path, Func<Tensor> generated, Func<Tensor> direct, CancellationToken cancellation)
    {
        var (ours, theirs) = (new List<double>(), new List<double>());
        long oursBytes = 0, theirsBytes = 0;

        // In turns, so that a drifting clock meets both alike; the first half is for the compiler.
        for (var round = 0; round < 2 * Rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (a, b) = (Time(generated), Time(direct));
            if (round >= Rounds)
            {
                ours.Add(a.Nanoseconds);
                theirs.Add(b.Nanoseconds);
                (oursBytes, theirsBytes) = (a.Bytes, b.Bytes);
            }
        }

        ours.Sort();
        return new DispatchRow(
            path,
            DispatchProbe.Sites,
            ours[0],
            ours[ours.Count / 2],
            theirs.Min(),
            ours[0] / theirs.Min(),
            (double)(oursBytes - theirsBytes) / CallsARound / DispatchProbe.Sites);
    }

    /// <summary>Nanoseconds a site, and bytes of the whole round.</summary>
    private static (double Nanoseconds, long Bytes) Time(Func<Tensor> call)
    {
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < CallsARound; i++)
        {
            call().Dispose();
        }

        var elapsed = Stopwatch.GetElapsedTime(start);
        return (elapsed.TotalNanoseconds / CallsARound / DispatchProbe.Sites, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    private static void Print(Terminal terminal, List<DispatchRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("site", "ns (min)", "ns (median)", "by hand, ns (min)", "ratio", "bytes allocated more");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Path, Text($"{row.NanosecondsMin:0}"), Text($"{row.NanosecondsMedian:0}"), Text($"{row.DirectNanosecondsMin:0}"), Text($"{row.Ratio:0.00}"),
                Text($"{row.BytesAllocated:0}"));
        }

        terminal.Write(table);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
