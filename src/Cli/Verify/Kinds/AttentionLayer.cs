using System.Globalization;
using System.Text.Json.Nodes;
using DiTFastAttn.Processors.Kernels;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>fastattn.layer</c>: one attention layer through a run with a strategy a step, its outputs and stored residuals.</summary>
internal sealed class AttentionLayer : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "fastattn.layer";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var methods = file.Call.Texts("methods");
        var guidance = file.Call.Flag("cond_first") ? Guidance.ConditionalFirst : Guidance.ConditionalLast;
        using var layer = new SelfAttention(
            file.Config.Int("query_dim"), file.Config.Int("heads"), file.Config.Int("dim_head"), file.Config.Flag("bias"), file.Config.Flag("out_bias"));
        CaseWeights.Fill(file, layer, source => Models.WeightLoading.LoadInto(source, layer));
        layer.eval();

        using var recorder = new ResidualRecorder();
        using var attached = AttachedModel.Attach(layer, recorder, AttentionKernels.Default, AttentionWindow.Tokens(file.Call.Int("window")));
        using var x = file.Tensor("in.x"); // [steps, 2n, L, d]
        using var run = attached.BeginRun(AttentionPlan.OfSteps(attached, guidance, methods), new RunRequest(methods.Length, guidance));
        for (var step = 0; step < methods.Length; step++)
        {
            using var hidden = x[step];
            using (run.Step())
            {
                answer.Add(string.Create(CultureInfo.InvariantCulture, $"out.step{step}"), layer.forward(hidden));
            }
        }

        foreach (var (step, residual) in recorder.Residuals)
        {
            answer.Add(string.Create(CultureInfo.InvariantCulture, $"out.residual{step}"), residual.clone());
        }

        var kept = PlanLiveness.Kept(run.Plan.Rows, recorder);
        answer.Out["residual_needed"] = new JsonArray([.. kept.Select(row => JsonValue.Create((row[0] & SiteState.Residual) != SiteState.None))]);
        answer.Out["output_needed"] = new JsonArray([.. kept.Select(row => JsonValue.Create((row[0] & SiteState.Output) != SiteState.None))]);
    }
}
