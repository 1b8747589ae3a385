using System.CommandLine;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Search;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using Spectre.Console;
using TorchSharp;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Bench;

/// <summary><c>bench memory</c>: the memory of residuals and outputs, predicted before a run, counted in it, and as the authors' code would hold it.</summary>
internal sealed class BenchMemoryVerb : Verb
{
    private static readonly string[] Periodic = ["periodic:wars/3", "periodic:ast/2", "periodic:asc/2", "periodic:wars+asc/3"];

    private readonly Option<string[]?> _plans = ValueOption.Make<string[]?>(
        ["--plans"], "FILE,…", "Plans for the demo model to measure beside the periodic and greedy ones; periodic:STRATEGY/N too.",
        text => [.. text.Split(',').Select(name => name.Trim())]);

    private readonly Option<int> _size = ValueOption.Integer(["--input-size"], "Resolution in pixels.", 32, 8, 512);

    private readonly Option<int> _samples = ValueOption.Integer(["--samples"], "Samples in the batch.", 2, 1);

    private readonly Option<int> _steps = ValueOption.Integer(["--n-steps", "--n_steps"], "Denoising steps.", 20, 2, 1000);

    public BenchMemoryVerb()
        : base("memory", "Measure the memory of residuals and outputs of plans for the demo model, beside its prediction.")
    {
        Add(_plans);
        Add(_size);
        Add(_samples);
        Add(_steps);
        Add(StorageOptions.Dtype);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        CpuThreads.Use(call);
        using var checkpoint = ModelInput.Load(ModelInput.Demo, call.Get(_size));
        var calibration = new Calibration(checkpoint, call.Get(_steps), guidanceScale: 2, call.Get(_samples), seed: 0);
        List<(string Name, AttentionPlan Plan)> plans;
        List<MemoryRow> rows;
        using (var attached = Attach(StateStorage.AsComputed))
        {
            plans = Plans(call, attached, calibration);
            rows = plans.ConvertAll(plan => Measure(call, attached, calibration, plan.Name, plan.Plan));
        }

        // The same plans with state in half the bytes, or as --cache-dtype says; what that costs shows against the rows above.
        var storage = new StateStorage { Dtype = call.Get(StorageOptions.Dtype) ?? torch.ScalarType.Float16 };
        using (var attached = Attach(storage))
        {
            rows.AddRange(plans.ConvertAll(plan => Measure(call, attached, calibration, plan.Name, plan.Plan)));
        }

        Print(call.Terminal, rows);
        call.WriteJson(new BenchReport<MemoryRow>(rows));
        return ExitStatus.Done;

        AttachedModel Attach(StateStorage storage)
            => AttachedModel.Attach(checkpoint.Model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper, storage: storage);
    }

    private List<(string Name, AttentionPlan Plan)> Plans(VerbCall call, AttachedModel attached, Calibration calibration)
    {
        var request = calibration.Sampler.RunRequest;
        var plans = new List<(string, AttentionPlan)>();
        foreach (var name in (call.Get(_plans) ?? []).Concat(Periodic))
        {
            var plan = PlanInput.Provider("--plans", name).GetPlan(new PlanRequest(attached, request));
            PlanInput.Check(name, plan, attached, request);
            plans.Add((name, plan));
        }

        foreach (var (setting, threshold) in new[] { ("greedy D3", 0.075), ("greedy D6", 0.15) })
        {
            using var noise = calibration.Noise();
            using var trajectory = calibration.Begin(noise);
            plans.Add((setting, GreedyPlanSearch.Search(
                attached, trajectory, new GreedySearchOptions { Threshold = threshold }, progress: null, call.Cancellation).Plan));
        }

        return plans;
    }

    private static MemoryRow Measure(VerbCall call, AttachedModel attached, Calibration calibration, string name, AttentionPlan plan)
    {
        var request = calibration.Sampler.RunRequest;
        var batch = calibration.Labels.Count * (request.Guidance == Guidance.None ? 1L : 2);
        const int Computed = 4;
        var storage = attached.StateStorage;
        var predicted = PlanMemory.Of(plan, attached.Processors, batch, request.Tokens!.Value, storage.ElementBytes(Computed));
        using var noise = calibration.Noise();
        using var full = calibration.Sampler.Sample(calibration.Labels, noise, cancellation: call.Cancellation);
        using var run = attached.BeginRun(plan, request);
        using var latents = calibration.Sampler.Sample(calibration.Labels, noise, run: run, cancellation: call.Cancellation);
        return new MemoryRow(
            name, storage.Dtype?.ToString().ToLowerInvariant() ?? "float32", calibration.Psnr(full, latents).Average(), plan.Steps, batch, request.Tokens.Value, predicted.PeakBytes, run.PeakStateBytes, predicted.KeepEverythingBytes * Computed / storage.ElementBytes(Computed),
            predicted.PeakBytes == run.PeakStateBytes ? 1 : (double)predicted.PeakBytes / run.PeakStateBytes, (double)run.PeakStateBytes / (predicted.KeepEverythingBytes * Computed / storage.ElementBytes(Computed)));
    }

    private static void Print(Terminal terminal, List<MemoryRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("plan", "kept as", "PSNR, dB", "predicted, MB", "measured, MB", "predicted / measured", "keep everything, MB", "measured / keep everything");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Plan, row.KeptAs, Invariant($"{row.Psnr:0.00}"), Invariant($"{row.PredictedBytes / 1e6:0.00}"), Invariant($"{row.MeasuredBytes / 1e6:0.00}"), Invariant($"{row.PredictedRatio:0.000}"),
                Invariant($"{row.KeepEverythingBytes / 1e6:0.00}"), Invariant($"{row.Saving:0.00}"));
        }

        terminal.Write(table);
    }
}
