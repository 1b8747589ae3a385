using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Search;
using DiTFastAttn.Hosting;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Models;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;
using TorchSharp;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Demo;

/// <summary><c>demo</c>: the embedded trained model, with and without a plan, side by side.</summary>
internal sealed class DemoVerb : Verb
{
    private const double GuidanceScale = 2;

    /// <summary>Which half comes first in the batch changes nothing here; the order is part of the plan.</summary>
    private const bool ConditionalFirst = true;

    private const int Magnification = 2;

    private static readonly Option<string?> Model = ValueOption.Text(
        ["--model"], "FILE", "A DiT checkpoint (.safetensors with its config) instead of the embedded one.");

    private static readonly Option<string?> Plan = ValueOption.Text(["--plan"], "FILE|periodic:STRATEGY/N", "Use this plan instead of searching one.");

    private static readonly Option<int> Steps = ValueOption.Integer(["--n-steps", "--n_steps"], "Denoising steps.", 20, 1, 1000);

    private static readonly Option<int> Pictures = ValueOption.Integer(["--pictures"], "Pictures of each class.", 2, 1, 100);

    private static readonly Option<ValueList<int>> Labels = ValueOption.Integers(["--labels"], "The classes to draw; all where not given.", null, 0);

    public DemoVerb()
        : base("demo", "Make the same pictures with and without a plan, and show both, side by side.")
    {
        Add(Model);
        Add(Plan);
        Add(Steps);
        Add(Pictures);
        Add(Labels);
        Add(StorageOptions.Dtype);
        Add(CommonOptions.Threads);
        Add(CommonOptions.Seed);
        Add(CommonOptions.Out);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var folder = call.Get(CommonOptions.Out) ?? "demo";
        OutputPath.CheckFolder("--out", folder);
        var planName = call.Get(Plan);
        var provider = planName is null ? null : PlanInput.Provider("--plan", planName);
        CpuThreads.Use(call);

        using var checkpoint = LoadCheckpoint(call.Get(Model));
        var sampler = MakeSampler(call, checkpoint);
        var labels = ChooseLabels(call.Get(Labels)?.Values, checkpoint);
        var seed = call.Get(CommonOptions.Seed);
        var tokens = checkpoint.Model.Geometry.Tokens;

        using var services = new ServiceCollection().AddDiTFastAttn(o => o.StateStorage = StorageOptions.Of(call)).Services.BuildServiceProvider();
        DemoPlan? found = null;
        double searchSeconds = 0, attachedSeconds;
        DemoComparison comparison;
        AttentionPlan plan;
        using (var attached = services.GetRequiredService<IFastAttention>().Attach(checkpoint.Model))
        {
            var given = provider?.GetPlan(new PlanRequest(attached, sampler.RunRequest));
            if (given is not null)
            {
                PlanInput.Check(planName!, given, attached, sampler.RunRequest);
            }
            else
            {
                var watch = Stopwatch.StartNew();
                found = Search(call, attached, sampler, labels, tokens, seed);
                searchSeconds = watch.Elapsed.TotalSeconds;
            }

            plan = given ?? found!.Chosen.Plan;
            comparison = Compare(call, attached, sampler, plan, labels, seed);
            attachedSeconds = DemoComparison.SecondsAStep(sampler, labels, call.Cancellation);
        }

        using (comparison)
        {
            var unattached = DemoComparison.SecondsAStep(sampler, labels, call.Cancellation);
            var cost = PlanCost.Of(plan, services.GetRequiredService<IProcessorCatalog>(), batch: 2, tokens);
            var summary = Summarise(comparison, plan, cost, found, searchSeconds, (unattached, attachedSeconds), labels, checkpoint, folder) with
            {
                Command = call.CommandLine, Environment = EnvironmentRecord.Of(torch.CPU),
            };
            WriteFiles(folder, plan, comparison, summary, labels, checkpoint);
            call.WriteJson(summary);
            Print(call.Terminal, summary, folder);
        }

        return ExitStatus.Done;
    }

    /// <summary>Calibration and pictures never share noise.</summary>
    private static long PictureSeed(long seed) => (seed * 1000) + 500_000;

    private static DiTCheckpoint LoadCheckpoint(string? file)
    {
        var checkpoint = ModelInput.Load(file ?? ModelInput.Demo);
        if (WhyUnfit(checkpoint.Model) is not { } reason)
        {
            return checkpoint;
        }

        checkpoint.Dispose();
        throw new UserErrorException($"--model {file}: {reason}");
    }

    private static string? WhyUnfit(DiTModel model)
    {
        // As many pixels as the window of SSIM needs.
        const int Smallest = 6;
        var (channels, size) = (model.Geometry.InChannels, model.Geometry.InputSize);
        if (channels != 3)
        {
            return string.Create(CultureInfo.InvariantCulture, $"works on {channels} channels; the demo draws pixels, so give a model with 3.");
        }

        if (size < Smallest)
        {
            return string.Create(CultureInfo.InvariantCulture, $"draws {size}x{size} pixels; give a model of {Smallest}x{Smallest} or more.");
        }

        using var scope = torch.NewDisposeScope();
        var broken = model.named_parameters().Where(p => !p.parameter.isfinite().all().item<bool>()).Select(p => p.name).FirstOrDefault();
        return broken is null ? null : $"tensor '{broken}' holds NaN or infinity; give a model whose training did not diverge.";
    }

    private static DiTSampler MakeSampler(VerbCall call, DiTCheckpoint checkpoint)
    {
        var steps = call.Get(Steps);
        try
        {
            return new DiTSampler(
                checkpoint.Model,
                checkpoint.Scheduler,
                new DiTSamplingOptions { Steps = steps, GuidanceScale = GuidanceScale, ConditionalFirst = ConditionalFirst });
        }
        catch (ArgumentException error)
        {
            throw new UserErrorException(string.Create(
                CultureInfo.InvariantCulture, $"--model {call.Get(Model)} with --n-steps {steps}: {error.Message}"), error);
        }
    }

    private static IReadOnlyList<int> ChooseLabels(IReadOnlyList<int>? labels, DiTCheckpoint checkpoint)
    {
        var classes = checkpoint.Model.Geometry.Classes;
        if (labels is null)
        {
            return [.. Enumerable.Range(0, classes)];
        }

        return labels.All(label => label < classes)
            ? labels
            : throw new UserErrorException(string.Create(
                CultureInfo.InvariantCulture, $"--labels {labels.First(label => label >= classes)}: this model knows the classes 0 to {classes - 1}."));
    }

    private static DemoPlan Search(
        VerbCall call, AttachedModel attached, DiTSampler sampler, IReadOnlyList<int> labels, long tokens, long seed)
    {
        using var progress = new SearchProgress(call.Terminal, "plan search");
        return DemoPlan.Search(attached, sampler, labels, tokens, seed, progress, call.Cancellation);
    }

    private static DemoComparison Compare(
        VerbCall call, AttachedModel attached, DiTSampler sampler, AttentionPlan plan, IReadOnlyList<int> labels, long seed)
    {
        var batches = call.Get(Pictures);
        using var bar = new ProgressBar(call.Terminal, "pictures", 2L * batches * sampler.RunRequest.Steps, "steps");
        return DemoComparison.Run(
            attached, sampler, plan, labels, batches, PictureSeed(seed), done => bar.Report(done), call.Cancellation);
    }

    private static DemoSummary Summarise(
        DemoComparison comparison,
        AttentionPlan plan,
        PlanCost cost,
        DemoPlan? found,
        double searchSeconds,
        (double Unattached, double Attached) secondsAStep,
        IReadOnlyList<int> labels,
        DiTCheckpoint checkpoint,
        string folder)
        => new(
            comparison.FullSeconds,
            comparison.CompressedSeconds,
            comparison.FullSeconds / comparison.CompressedSeconds,
            secondsAStep.Unattached,
            secondsAStep.Attached,
            comparison.Psnr.Average(),
            comparison.Psnr.Min(),
            comparison.Ssim,
            100 * cost.Fraction,
            searchSeconds,
            comparison.PeakStateBytes / 1e6,
            Describe(plan),
            Path.Combine(folder, "plan.json"),
            [.. (found?.Measured ?? []).Select(m => new DemoSummary.Candidate(Describe(m.Plan), 100 * m.Cost.Fraction, m.Psnr))],
            [.. comparison.Psnr.Select((psnr, i) => new DemoSummary.Picture(labels[i % labels.Count], ClassName(checkpoint, labels[i % labels.Count]), psnr))]);

    private static string Describe(AttentionPlan plan)
        => plan.Origin.Note is { } note ? $"{plan.Origin.Method}: {note}" : plan.Origin.Method;

    private static string ClassName(DiTCheckpoint checkpoint, int label)
        => label < checkpoint.Classes.Count ? checkpoint.Classes[label] : string.Create(CultureInfo.InvariantCulture, $"class {label}");

    private static void WriteFiles(
        string folder, AttentionPlan plan, DemoComparison comparison, DemoSummary summary, IReadOnlyList<int> labels, DiTCheckpoint checkpoint)
    {
        Directory.CreateDirectory(folder);
        PictureSheet.WritePng(
            Path.Combine(folder, "side-by-side.png"),
            [.. labels.Select(label => ClassName(checkpoint, label))],
            [
                new PictureSheet.Block("full attention", string.Create(CultureInfo.InvariantCulture, $"{summary.FullSeconds:F1} s"), Rows(comparison.Full, labels.Count)),
                new PictureSheet.Block(
                    "with the plan",
                    string.Create(CultureInfo.InvariantCulture, $"{summary.CompressedSeconds:F1} s, {summary.Psnr:F1} dB"),
                    Rows(comparison.Compressed, labels.Count)),
            ],
            Magnification);
        WritePictures(folder, comparison.Full, isFull: true);
        WritePictures(folder, comparison.Compressed, isFull: false);
        PlanDrawing.WriteSvg(plan, Path.Combine(folder, "plan.svg"));
        PlanDrawing.WritePng(plan, Path.Combine(folder, "plan.png"));
        AtomicFile.WriteText(Path.Combine(folder, "plan.json"), PlanFile.Write(plan));
        JsonResult.Write(Path.Combine(folder, DemoSummary.FileName), summary);
    }

    /// <summary>Writes each picture by itself, for <c>evaluate</c> and <c>report</c>.</summary>
    private static void WritePictures(string folder, torch.Tensor pictures, bool isFull)
    {
        Directory.CreateDirectory(Path.Combine(folder, DemoSummary.Picture.FolderOf(isFull)));
        for (var i = 0; i < pictures.shape[0]; i++)
        {
            using var picture = pictures.select(0, i);
            RgbImage.FromTensor(picture).SavePng(Path.Combine(folder, DemoSummary.Picture.FileOf(i, isFull)));
        }
    }

    /// <summary>Batch after batch, [n, 3, H, W], to one row a class.</summary>
    private static IReadOnlyList<IReadOnlyList<RgbImage>> Rows(torch.Tensor pictures, int classes)
    {
        var images = new RgbImage[pictures.shape[0]];
        for (var i = 0; i < images.Length; i++)
        {
            using var picture = pictures.select(0, i);
            images[i] = RgbImage.FromTensor(picture);
        }

        return [.. Enumerable.Range(0, classes).Select(label => (IReadOnlyList<RgbImage>)[.. images.Where((_, i) => i % classes == label)])];
    }

    private static void Print(Terminal terminal, DemoSummary summary, string folder)
    {
        if (summary.Candidates.Count > 0)
        {
            var candidates = new Table().Border(TableBorder.Simple).AddColumns("plan", "attention FLOPs left", "PSNR on calibration noise");
            foreach (var candidate in summary.Candidates)
            {
                var taken = candidate.Method == summary.PlanMethod ? " (taken)" : "";
                candidates.AddRow(
                    Markup.Escape(candidate.Method + taken),
                    string.Create(CultureInfo.InvariantCulture, $"{candidate.AttentionFlopsPercent:F1} %"),
                    string.Create(CultureInfo.InvariantCulture, $"{candidate.CalibrationPsnr:F1} dB"));
            }

            terminal.Write(candidates);
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("", "full attention", "with the plan");
        table.AddRow("seconds", Invariant($"{summary.FullSeconds:F2}"), Invariant($"{summary.CompressedSeconds:F2}"));
        table.AddRow("speed-up", "1.00", Invariant($"{summary.Speedup:F2}"));
        table.AddRow("attention FLOPs", "100 %", Invariant($"{summary.AttentionFlopsPercent:F1} %"));
        table.AddRow("PSNR (worst picture)", "", Invariant($"{summary.Psnr:F1} dB ({summary.WorstPsnr:F1} dB)"));
        table.AddRow("SSIM", "1.000", Invariant($"{summary.Ssim:F3}"));
        table.AddRow("memory for residuals and outputs", "0 MB", Invariant($"{summary.PeakStateMegabytes:F1} MB"));
        terminal.Write(table);
        terminal.Line(Invariant(
            $"plan: {summary.PlanMethod}{(summary.SearchSeconds > 0 ? Invariant($", searched in {summary.SearchSeconds:F0} s") : "")}; {summary.Pictures.Count} pictures, same noise, same kernels."));
        terminal.Line(Invariant(
            $"A step of a batch takes {summary.UnattachedSecondsAStep:F2} s with the model as it is, on torch's own attention, and {summary.AttachedSecondsAStep:F2} s on our kernel with full attention."));
        if (summary.Speedup <= 1)
        {
            terminal.Line("On this machine the plan does not pay: it is no faster than full attention.");
        }

        terminal.Line($"files: {string.Join(", ", new[] { "side-by-side.png", "pictures", "plan.svg", "plan.png", "plan.json", DemoSummary.FileName }.Select(name => Path.Combine(folder, name)))}");
    }
}
