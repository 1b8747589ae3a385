using System.CommandLine;
using System.Globalization;
using DiTFastAttn.Benchmarks;
using DiTFastAttn.Models;
using Spectre.Console;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench load</c>: loading weights against a plain read of the same file.</summary>
internal sealed class BenchLoadVerb : Verb
{
    private const int PieceBytes = 1 << 20;

    private readonly Option<string?> _file = ValueOption.Text(["--file"], "FILE", "Weights in one file, of any format; a safetensors file of --mib is made where not given.");

    private readonly Option<int> _mebibytes = ValueOption.Integer(["--mib"], "MiB of the file that is made.", 512, 1, 1 << 20);

    private readonly Option<double> _seconds = ValueOption.Number(["--seconds"], "Measure each element type at least so long.", 3, 0);

    public BenchLoadVerb()
        : base("load", "Measure loading weights into float32 and bfloat16, against a plain read of the same file.")
    {
        Add(_file);
        Add(_mebibytes);
        Add(_seconds);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        CpuThreads.Use(call);
        if (call.Get(_file) is { } given)
        {
            return Measure(call, given);
        }

        var folder = Directory.CreateTempSubdirectory("ditfast-load-");
        try
        {
            var made = Path.Combine(folder.FullName, "made.safetensors");
            Make(made, call.Get(_mebibytes));
            return Measure(call, made);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private int Measure(VerbCall call, string file)
    {
        using var noGrad = no_grad();
        List<LoadRow> rows = [];
        foreach (var dtype in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            using var scope = NewDisposeScope();
            var targets = Targets(file, dtype);
            var extra = ExtraMemory(file, targets);
            var times = Stopwatches.TakeTurns([() => Load(file, targets), () => ReadPlainly(file)], 3, call.Get(_seconds), call.Cancellation);
            rows.Add(new LoadRow(
                Path.GetFileName(file), dtype.ToString().ToLowerInvariant(), new FileInfo(file).Length, times[0][0], Stopwatches.MedianOf(times[0]), times[1][0],
                times[1][0] / times[0][0], extra));
        }

        Print(call.Terminal, rows);
        call.WriteJson(new BenchReport<LoadRow>(rows));
        return ExitStatus.Done;
    }

    private static Dictionary<string, Tensor> Targets(string file, ScalarType dtype)
    {
        using var weights = WeightFile.Open(file);

        // Ones, not zeros: memory that was never written has no pages yet.
        return weights.Keys.ToDictionary(key => key, key => ones([.. weights.ShapeOf(key)], dtype: dtype), StringComparer.Ordinal);
    }

    private static void Load(string file, Dictionary<string, Tensor> targets)
    {
        using var weights = WeightFile.Open(file);
        foreach (var key in weights.Keys)
        {
            weights.ReadInto(key, targets[key]);
        }
    }

    /// <summary>What stays of memory after each tensor; the system's cache of the file is not counted.</summary>
    private static long ExtraMemory(string file, Dictionary<string, Tensor> targets)
    {
        var (before, most) = (AnonymousMemory(), 0L);
        using var weights = WeightFile.Open(file);
        foreach (var key in weights.Keys)
        {
            weights.ReadInto(key, targets[key]);
            most = Math.Max(most, AnonymousMemory() - before);
        }

        return most;
    }

    private static long AnonymousMemory()
    {
        const string Status = "/proc/self/status";
        return File.Exists(Status) && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)) is { } line
            ? 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture)
            : 0;
    }

    private static void ReadPlainly(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var piece = new byte[PieceBytes];
        while (stream.Read(piece) > 0)
        {
        }
    }

    private static void Make(string file, int mebibytes)
    {
        const int Side = 1024;
        var count = Math.Max(1, mebibytes / 4);
        using var scope = NewDisposeScope();
        var weight = randn(Side, Side);
        SafetensorsWriter.Write(file, Enumerable.Range(0, count).ToDictionary(i => string.Create(CultureInfo.InvariantCulture, $"blocks.{i}.weight"), _ => weight, StringComparer.Ordinal));
    }

    private static void Print(Terminal terminal, List<LoadRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("file", "into", "MiB", "s", "GB/s", "plain read, s", "of the plain read", "extra MiB");
        foreach (var row in rows)
        {
            table.AddRow(
                Markup.Escape(row.File), row.To, Invariant($"{row.Bytes / 1048576.0:0}"), Invariant($"{row.SecondsMin:0.000}"), Invariant($"{row.Bytes / row.SecondsMin / 1e9:0.0}"),
                Invariant($"{row.PlainSecondsMin:0.000}"), Invariant($"{row.RatioToPlainRead:0.00}"), Invariant($"{row.ExtraMemoryBytes / 1048576.0:0.0}"));
        }

        terminal.Write(table);
    }
}
