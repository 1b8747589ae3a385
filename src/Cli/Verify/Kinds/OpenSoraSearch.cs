using System.Text.Json.Nodes;
using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>fastattn.opensora.search</c>: the greedy search over the spatial attentions, and the trajectory that it leaves.</summary>
internal sealed class OpenSoraSearch : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "fastattn.opensora.search";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = STDiTCase.MakeModel(file);
        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Tokens(file.Call.Int("window")));
        using var scope = NewDisposeScope();
        var begun = OpenSoraCase.Begin(file, OpenSoraCase.MakeSampler(file, model));
        using var trajectory = new RecordedTrajectory(begun);
        var (plan, trials) = GreedyPlanSearch.Search(
            attached,
            trajectory,
            new GreedySearchOptions
            {
                Threshold = file.Call.Number("threshold"),
                Loss = PlanLoss.Named(file.Call.Text("loss")),
                Candidates = file.Call.Texts("candidates"),
            },
            progress: null,
            cancellation);

        int[] searched = [.. attached.Sites.Where(site => site.Kind == SiteKind.Spatial).Select(site => site.Index)];
        answer.Out["plan"] = new JsonArray([.. plan.Rows.Select(row => new JsonArray([.. searched.Select(site => JsonValue.Create(row[site]))]))]);
        answer.Out["trials"] = new JsonArray([.. trials.Select(trial => new JsonObject
        {
            ["step"] = trial.Step,
            ["site"] = Array.IndexOf(searched, trial.Site),
            ["candidate"] = trial.Candidate,
            ["loss"] = trial.Loss,
            ["threshold"] = trial.Threshold,
            ["accepted"] = trial.Accepted,
        })]);
        answer.Add("out.model", stack(trajectory.Outputs));
        answer.Add("out.x", trajectory.Latents());
        answer.Add("out.timesteps", begun.Timesteps.Select(t => (double)t));
    }
}
