using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>fastattn.opensora</c>: a generation with a plan for the spatial attentions.</summary>
internal sealed class OpenSoraPlan : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "fastattn.opensora";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = STDiTCase.MakeModel(file);
        using var attached = AttachedModel.Attach(model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Tokens(file.Call.Int("window")));
        using var scope = NewDisposeScope();
        using var trajectory = OpenSoraCase.Begin(file, OpenSoraCase.MakeSampler(file, model));
        var plan = AttentionPlan.AllFull(attached, trajectory.Guidance, trajectory.Steps) with
        {
            Rows = [.. file.Call.Items("plan").Select(row => Row(attached, [.. row.EnumerateArray().Select(id => id.GetString()!)]))],
            Window = attached.Window,
        };
        using var run = attached.BeginRun(plan, new RunRequest(trajectory.Steps, trajectory.Guidance));
        OpenSoraCase.Sample(file, answer, trajectory, run, cancellation);
    }

    /// <summary>A row over all sites from one over the spatial ones.</summary>
    private static IReadOnlyList<string> Row(AttachedModel attached, string[] spatial)
    {
        var block = 0;
        string[] row = [.. attached.Sites.Select(site => site.Kind == SiteKind.Spatial && block < spatial.Length ? spatial[block++] : "full")];
        return block == spatial.Length && row.Length == 3 * block ? row : throw new FormatException($"the plan has {spatial.Length} sites, the model {attached.Sites.Count / 3} blocks");
    }
}
