using System.CommandLine;
using DiTFastAttn.Benchmarks;
using DiTFastAttn.Models;
using Spectre.Console;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench vae</c>: decoding with Stable Diffusion's VAE, in float32, against the machine's own rate, on one thread and on more.</summary>
internal sealed class BenchVaeVerb : Verb
{
    private const double FractionGoal = .60;
    private const double ScalingGoal = .95;

    private readonly Option<int> _rows = ValueOption.Integer(["--rows"], "Rows of the picture, in pixels.", 512, 8);

    private readonly Option<int> _columns = ValueOption.Integer(["--columns"], "Columns of the picture, in pixels.", 512, 8);

    private readonly Option<int> _frames = ValueOption.Integer(["--frames"], "Frames of a video of such pictures, decoded as OpenSora's are, four at a time.", 1, 1);

    private readonly Option<int> _tile = ValueOption.Integer(["--tile"], "Decode in tiles of so many rows and columns; 0: whole.", 0, 0);

    private readonly Option<int> _rounds = ValueOption.Integer(["--rounds"], "Decodings that are measured.", 2, 1);

    public BenchVaeVerb()
        : base("vae", "Measure decoding with Stable Diffusion's VAE, and the memory that it takes.")
    {
        Add(_rows);
        Add(_columns);
        Add(_frames);
        Add(_tile);
        Add(_rounds);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        TorchUse.Of(call);
        var threads = get_num_threads();
        using var noGrad = no_grad();
        using var model = new AutoencoderKL(new AutoencoderKLConfig());
        FormulaWeights.Fill(model);
        var factor = model.Config.SpatialFactor;
        model.Tiling = call.Get(_tile) == 0 ? null : VaeTiling.For(model.Config, call.Get(_tile));
        var frames = call.Get(_frames);
        using var latents = randn([frames, model.Config.LatentChannels, call.Get(_rows) / factor, call.Get(_columns) / factor]);
        long[] atOnce = [Math.Min(frames, AutoencoderVideoCodec.UsualFrames), .. latents.shape[1..]];
        var bound = model.DecodingBytes(atOnce) + (sizeof(float) * frames * latents.shape[2] * latents.shape[3] * factor * factor * model.Config.OutChannels);
        var codec = new AutoencoderVideoCodec(model);
        set_num_threads(1);
        var peakBytes = PeakMemory.During(Decode);
        List<VaeRow> rows = [];
        foreach (var used in new[] { 1, threads }.Distinct())
        {
            set_num_threads(used);
            var rate = MachineRate.OfCpu(used);
            var times = Stopwatches.TakeTurns([Decode], call.Get(_rounds), 0, call.Cancellation)[0];
            rate.MeasureAgain();
            var peak = rate.Gflops;
            var gflops = VaeOperations.Of(model, latents.shape) / times[0] / 1e9;
            var scaling = rows.Count == 0 ? 1 : rows[0].SecondsMin / times[0];
            var (reached, goal) = used == 1 ? (gflops / peak, FractionGoal) : (scaling, ScalingGoal * used);
            rows.Add(new VaeRow(
                "sd-vae decode", "float32", frames, latents.shape[2] * factor, latents.shape[3] * factor, model.Tiling?.SampleSize, used, times[0], Stopwatches.MedianOf(times),
                gflops, peak, gflops / peak, goal, reached >= goal, scaling, peakBytes, bound));
        }

        Print(call.Terminal, rows);
        call.WriteJson(new BenchReport<VaeRow>(rows));
        return ExitStatus.Done;

        void Decode()
        {
            using var scope = NewDisposeScope();
            _ = frames == 1 ? model.Decode(latents) : codec.Decode(latents.transpose(0, 1)); // [T, C, h, w] -> [C, T, h, w]
        }
    }

    private static void Print(Terminal terminal, List<VaeRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("model", "pixels", "tile", "threads", "seconds", "GFLOP/s", "of float32 peak", "of one thread", "goal", "peak, MB", "bound, MB");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Model, Invariant($"{(row.Frames > 1 ? $"{row.Frames}x" : "")}{row.Rows}x{row.Columns}"), row.Tile is { } tile ? Invariant($"{tile}") : "whole", Invariant($"{row.Threads}"), Invariant($"{row.SecondsMin:0.00}"),
                Invariant($"{row.Gflops:0.0}"), Invariant($"{row.FractionOfPeak:0.00}"), Invariant($"{row.Scaling:0.00}"), Invariant($"{row.Goal:0.00}{(row.GoalMet ? "" : ": missed")}"),
                row.PeakBytes is { } bytes ? Invariant($"{bytes / 1e6:0}") : "unknown", Invariant($"{row.BoundBytes / 1e6:0}"));
        }

        terminal.Write(table);
    }
}
