using System.Diagnostics;
using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Search;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Run;

/// <summary>Where a run of the paper's programs has its plan from: a file, an earlier run, or a search.</summary>
/// <param name="call">The call.</param>
/// <param name="script">The program's options.</param>
/// <param name="attached">The model.</param>
/// <param name="request">What the run is.</param>
/// <param name="named">What <see cref="Named"/> gave.</param>
internal sealed class PlanFinder(VerbCall call, RunOptions script, AttachedModel attached, RunRequest request, GivenPlan? named)
{
    /// <summary>Refuses what cannot be, on a model without weights: a plan that does not fit, a strategy that is not there.</summary>
    /// <param name="file">Where an earlier run has written the plan.</param>
    /// <exception cref="UserErrorException">The plan does not fit, or the search's settings are impossible.</exception>
    public void Check(string file)
    {
        if (call.Get(script.RawEvaluation))
        {
            return;
        }

        if (Given(file) is { } given)
        {
            _ = given.For(attached, request);
        }
        else
        {
            _ = Candidates();
        }
    }

    /// <summary>Finds or searches the plan.</summary>
    /// <param name="file">Where an earlier run has written it, and this one will.</param>
    /// <param name="samples">Samples of the calibration.</param>
    /// <param name="seed">Seed of their noise.</param>
    /// <param name="calibration">Begins the calibration's generation.</param>
    /// <param name="kinds">Kinds of sites that are searched; the paper's where it is <see langword="null"/>.</param>
    /// <returns>The plan, its name and the seconds of the search; no plan for full attention.</returns>
    /// <exception cref="UserErrorException">The plan does not fit, or the search's settings are impossible.</exception>
    public (AttentionPlan? Plan, string? Name, double Seconds) Find(
        string file, int samples, long seed, Func<IDenoisingTrajectory> calibration, IReadOnlyCollection<SiteKind>? kinds = null)
    {
        if (call.Get(script.RawEvaluation))
        {
            return (null, null, 0);
        }

        if (Given(file) is { } given)
        {
            return (given.For(attached, request), given.Name, 0);
        }

        var watch = Stopwatch.StartNew();
        var plan = Search(calibration, kinds ?? SiteKinds.Paper) with
        {
            GuidanceScale = request.GuidanceScale, Scheduler = request.Scheduler, Tokens = request.Tokens, Dtype = request.Dtype,
        };
        plan = plan with { Origin = plan.Origin with { CalibrationSamples = samples, Seed = seed } };
        var seconds = watch.Elapsed.TotalSeconds;
        AtomicFile.WriteText(file, PlanFile.Write(plan));
        PlanDrawing.WriteSvg(plan, Path.ChangeExtension(file, ".svg"));
        return (plan, file, seconds);
    }

    /// <summary>The plan that a call names, if it names one: read before the model is attached, which depends on it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="script">The program's options.</param>
    /// <exception cref="UserErrorException">The plan cannot be read.</exception>
    public static GivenPlan? Named(VerbCall call, RunOptions script)
        => !call.Get(script.RawEvaluation) && call.Get(script.Plan) is { } name ? GivenPlan.Of("--plan", name) : null;

    private GivenPlan? Given(string file) => named ?? (call.Get(script.UseCache) && File.Exists(file) ? GivenPlan.Of("--plan", file) : null);

    /// <summary>The strategies that are tried: those of the ablation, else the paper's.</summary>
    private IReadOnlyList<string> Candidates()
    {
        string[] ablation =
            [.. call.Get(script.Ablation)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(AuthorsStrategies.IdOf)];
        foreach (var id in ablation)
        {
            if (!attached.Processors.TryGet(id, out _))
            {
                throw new UserErrorException($"--ablation {id}: no such strategy; known are {string.Join(", ", attached.Processors.Ids)} and composites a+b.");
            }

            if (request.Guidance == Guidance.None && attached.Processors.GetProcessor(id).Traits.NeedsGuidance)
            {
                throw new UserErrorException($"--ablation {id}: shares between the guidance halves, and with this guidance scale there is none; give --cfg-scale above 1.");
            }
        }

        return ablation.Length > 0 ? ablation : GreedySearchOptions.PaperCandidates;
    }

    private AttentionPlan Search(Func<IDenoisingTrajectory> calibration, IReadOnlyCollection<SiteKind> kinds)
    {
        var options = new GreedySearchOptions
        {
            Threshold = call.Get(script.Threshold),
            Loss = PlanLoss.Named(call.Get(script.Metric) is "ssim" ? "ssim" : PlanLoss.Official.Name),
            Candidates = Candidates(),
            Kinds = kinds,
        };
        return call.IsGiven(TargetOptions.Flops)
            ? SearchBudget(calibration, options, call.IsGiven(script.Threshold) ? SearchGreedily(calibration, options) : null)
            : SearchGreedily(calibration, options);
    }

    private AttentionPlan SearchGreedily(Func<IDenoisingTrajectory> calibration, GreedySearchOptions options)
    {
        if (options.Threshold == 0)
        {
            // The authors' scripts begin their rows with it: no loss is below 0.
            return AttentionPlan.AllFull(attached, request.Guidance, request.Steps) with
            {
                Window = attached.Window, Origin = new PlanOrigin("greedy") { Loss = options.Loss.Name, Threshold = 0 },
            };
        }

        using var trajectory = calibration();
        using var progress = new SearchProgress(call.Terminal, "plan search");
        return GreedyPlanSearch.Search(attached, trajectory, options, progress, call.Cancellation).Plan;
    }

    private AttentionPlan SearchBudget(Func<IDenoisingTrajectory> calibration, GreedySearchOptions options, AttentionPlan? greedy)
    {
        using var progress = new SearchProgress(call.Terminal, "plans within the target");
        var rounds = call.Get(TargetOptions.Rounds);
        var search = new BudgetPlanSearch(
            attached,
            calibration,
            request.Tokens!.Value,
            static (full, other) => PeakSignalToNoise.PerSample(full, other, dataRange: 2),
            new BudgetSearchOptions
            {
                Strategies = options.Candidates, Kinds = options.Kinds, Others = greedy is null ? [] : [greedy], Groups = rounds == 0 ? [] : [1], Rounds = rounds,
            });
        var budget = new PlanBudget { AttentionFlops = call.Get(TargetOptions.Flops) };
        var found = search.Find(budget, progress, call.Cancellation)
            ?? throw new UserErrorException($"no plan of these strategies stays within {budget}: allow more, or give another --ablation.");
        return found.Best.Plan with { Origin = found.Best.Plan.Origin with { Psnr = found.Best.Psnr } };
    }
}
