using System.Text.Json.Nodes;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Models;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>
/// <c>fastattn.search</c>: the greedy search with all its trials, the trajectory that it leaves, and the found plan on other
/// samples.
/// </summary>
internal sealed class AttentionSearch : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "fastattn.search";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = DiTCase.MakeModel(file);
        using var attached = AttachedModel.Attach(
            model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Tokens(file.Call.Int("window")));
        var sampler = DiTSample.MakeSampler(file, model);

        using var latents = file.Tensor("in.latents");
        using var noise = file.HasTensor("in.noise") ? file.Tensor("in.noise") : null;
        var labels = Labels(file, "class_labels");
        var begun = sampler.Begin(labels, latents, SchedulerCase.PerStep(noise));
        using var trajectory = new RecordedTrajectory(begun);
        DiTSample.CheckTimesteps(file, begun);
        var (plan, trials) = GreedyPlanSearch.Search(attached, trajectory, Options(file), progress: null, cancellation);

        answer.Out["plan"] = Table(plan.Rows, id => id);
        answer.Out["trials"] = new JsonArray([.. trials.Select(Trial)]);
        var kept = PlanLiveness.Kept(plan.Rows, attached.Processors);
        answer.Out["residual_needed"] = Table(kept, state => state.HasFlag(SiteState.Residual));
        answer.Out["output_needed"] = Table(kept, state => state.HasFlag(SiteState.Output));
        answer.Add("out.model_output", stack(trajectory.Outputs));
        answer.Add("out.latents", trajectory.Latents());

        using var again = Generate(plan, labels, latents, noise);
        using var searched = trajectory.Latents();
        if (!again.bytes.SequenceEqual(searched.bytes))
        {
            throw new InvalidOperationException("the finished plan, run from the same latents, gives other bits than the search left");
        }

        using var planLatents = file.Tensor("in.plan.latents");
        using var planNoise = file.HasTensor("in.plan.noise") ? file.Tensor("in.plan.noise") : null;
        var planLabels = Labels(file, "plan_class_labels");
        answer.Add("out.plan.latents", Generate(plan, planLabels, planLatents, planNoise));
        answer.Add("out.full.latents", Generate(AttentionPlan.AllFull(attached, plan.Guidance, plan.Steps), planLabels, planLatents, planNoise));

        Tensor Generate(AttentionPlan chosen, int[] classes, Tensor from, Tensor? stepNoise)
        {
            using var run = attached.BeginRun(chosen, sampler.RunRequest);
            return sampler.Sample(classes, from, SchedulerCase.PerStep(stepNoise), run, progress: null, cancellation);
        }
    }

    private static GreedySearchOptions Options(CaseFile file) => new()
    {
        Threshold = file.Call.Number("threshold"),
        Loss = PlanLoss.Named(file.Call.Text("loss")),
        Candidates = file.Call.Texts("candidates"),
    };

    private static JsonObject Trial(SearchTrial trial) => new()
    {
        ["step"] = trial.Step,
        ["site"] = trial.Site,
        ["candidate"] = trial.Candidate,
        ["loss"] = trial.Loss,
        ["threshold"] = trial.Threshold,
        ["accepted"] = trial.Accepted,
    };

    private static JsonArray Table<TCell, TValue>(IReadOnlyList<IReadOnlyList<TCell>> rows, Func<TCell, TValue> value)
        => new([.. rows.Select(row => new JsonArray([.. row.Select(cell => JsonValue.Create(value(cell)))]))]);

    private static int[] Labels(CaseFile file, string field) => [.. file.Call.Longs(field).Select(label => (int)label)];
}
