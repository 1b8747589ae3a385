using System.Diagnostics;
using DiTFastAttn.Processors;
using Spectre.Console;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench dispatch</c>: what a declared site costs over a call written by hand, attached and not.</summary>
internal sealed class BenchDispatchVerb : Verb
{
    private const int Pairs = 3000;
    private const int PairsOfWarmup = 1000;

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
        const int steps = PairsOfWarmup + Pairs;
        return attached.BeginRun(
            AttentionPlan.AllFull(attached, Guidance.ConditionalFirst, steps), new RunRequest(steps, Guidance.ConditionalFirst));
    }

    private static DispatchRow Compare(string path, Func<Tensor> generated, Func<Tensor> direct, CancellationToken cancellation)
    {
        var (ours, theirs, overhead) = (new double[Pairs], new double[Pairs], new double[Pairs]);
        long oursBytes = 0, theirsBytes = 0;

        // Call by call in turns, each first as often as the other, and their differences compared: what drifts or disturbs meets both alike, where
        // the best of each apart would differ by more than what is asked for.
        for (var pair = -PairsOfWarmup; pair < Pairs; pair++)
        {
            cancellation.ThrowIfCancellationRequested();
            (double Nanoseconds, long Bytes) a, b;
            if (pair % 2 == 0)
            {
                a = Time(generated);
                b = Time(direct);
            }
            else
            {
                b = Time(direct);
                a = Time(generated);
            }

            if (pair >= 0)
            {
                (ours[pair], theirs[pair], overhead[pair]) = (a.Nanoseconds, b.Nanoseconds, a.Nanoseconds - b.Nanoseconds);
                (oursBytes, theirsBytes) = (oursBytes + a.Bytes, theirsBytes + b.Bytes);
            }
        }

        Array.Sort(ours);
        Array.Sort(theirs);
        Array.Sort(overhead);

        // The ranks between which the median of the population lies with 95 % (order statistics of a binomial).
        var spread = (int)Math.Ceiling(0.98 * Math.Sqrt(Pairs));
        return new DispatchRow(
            path,
            DispatchProbe.Sites,
            ours[Pairs / 2],
            theirs[Pairs / 2],
            ours[Pairs / 2] / theirs[Pairs / 2],
            overhead[Pairs / 2],
            overhead[(Pairs / 2) - spread],
            overhead[(Pairs / 2) + spread],
            (double)(oursBytes - theirsBytes) / Pairs / DispatchProbe.Sites);
    }

    /// <summary>Nanoseconds a site of one call, and the bytes of all its sites.</summary>
    private static (double Nanoseconds, long Bytes) Time(Func<Tensor> call)
    {
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        call().Dispose();
        var elapsed = Stopwatch.GetElapsedTime(start);
        return (elapsed.TotalNanoseconds / DispatchProbe.Sites, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    private static void Print(Terminal terminal, List<DispatchRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("site", "ns", "by hand, ns", "ratio", "overhead, ns", "95 %", "bytes allocated more");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Path, Invariant($"{row.Nanoseconds:0}"), Invariant($"{row.DirectNanoseconds:0}"), Invariant($"{row.Ratio:0.00}"),
                Invariant($"{row.OverheadNanoseconds:0}"), Invariant($"{row.OverheadLow:0} to {row.OverheadHigh:0}"), Invariant($"{row.BytesAllocated:0}"));
        }

        terminal.Write(table);
    }
}
