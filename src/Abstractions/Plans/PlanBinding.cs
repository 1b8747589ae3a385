using System.Globalization;
using DiTFastAttn.Plans.Reading;
using DiTFastAttn.Runs;

namespace DiTFastAttn;

/// <summary>Checks a plan against model, run and strategies, and looks everything up: nothing is searched for by name later.</summary>
internal static class PlanBinding
{
    public static PlannedRow[] Bind(AttentionPlan plan, AttachedModel model, RunRequest request, IProcessorCatalog catalog)
        => Mismatches(plan, model, request, catalog).FirstOrDefault() is { } mismatch
            ? throw new PlanMismatchException(mismatch)
            : Liveness.Of([.. plan.Rows.Select(row => Array.ConvertAll([.. row], catalog.GetProcessor))]);

    /// <summary>Everything that does not fit, one line each, in the order in which it is looked for. None: the plan can be run.</summary>
    public static IEnumerable<string> Mismatches(AttentionPlan plan, AttachedModel model, RunRequest request, IProcessorCatalog catalog)
    {
        string[] ofModel = [.. SiteMismatches(plan.Model, model.Fingerprint)];
        string?[] ofRun =
        [
            request.Steps < 1 ? $"steps: the run asks for {request.Steps}; a run has at least 1." : Difference("steps", plan.Steps, request.Steps),
            plan.Guidance != request.Guidance ? $"guidance: the plan was made for {plan.Guidance}, the run has {request.Guidance}." : null,
            Difference("guidanceScale", plan.GuidanceScale, request.GuidanceScale),
            Difference("scheduler", plan.Scheduler, request.Scheduler),
            Difference("tokens", plan.Tokens, request.Tokens),
            Difference("resolution", plan.Resolution, request.Resolution),
            Difference("dtype", plan.Dtype, request.Dtype),
        ];
        var ofRows = Enumerable.Range(0, plan.Steps).SelectMany(step => RowMismatches(plan.Rows[step], step, model, catalog, request.Guidance, plan.Window));
        return [.. ofModel, .. ofRun.OfType<string>(), .. ofRows, .. plan.Steps > 0 && plan.Rows.All(row => row.Count == model.Sites.Count) ? StateMismatches(plan, model, catalog) : []];
    }

    public static IAttentionProcessor[] ResolveRow(
        IReadOnlyList<string> row, int step, AttachedModel model, IProcessorCatalog catalog, Guidance guidance, AttentionWindow? window)
        => RowMismatches(row, step, model, catalog, guidance, window).FirstOrDefault() is { } mismatch
            ? throw new PlanMismatchException(mismatch)
            : Array.ConvertAll([.. row], catalog.GetProcessor);

    private static IEnumerable<string> RowMismatches(
        IReadOnlyList<string> row, int step, AttachedModel model, IProcessorCatalog catalog, Guidance guidance, AttentionWindow? window)
    {
        if (row.Count != model.Sites.Count)
        {
            yield return $"rows: step {step} names {row.Count} strategies; the model has {model.Sites.Count} sites.";
            yield break;
        }

        for (var i = 0; i < row.Count; i++)
        {
            var site = model.Sites[i];
            if (!catalog.TryGet(row[i], out var processor))
            {
                yield return PlanMessages.UnknownStrategy(step, site.Name, row[i], catalog.Ids);
                continue;
            }

            if (processor.Traits.NeedsGuidance && guidance == Guidance.None)
            {
                yield return PlanMessages.NeedsGuidance(step, site.Name, row[i]);
            }

            if (processor.Traits.RequiresWindow && window is null)
            {
                yield return PlanMessages.NeedsWindow(step, site.Name, row[i]);
            }

            if (!site.IsServedBy(processor.Traits))
            {
                yield return site.Kind == SiteKind.SubLayer
                    ? PlanMessages.NoAttentionOfSubLayer(step, site.Name, row[i])
                    : PlanMessages.NoWindowOfCrossAttention(step, site.Name, row[i]);
            }
        }
    }

    private static IEnumerable<string> StateMismatches(AttentionPlan plan, AttachedModel model, IProcessorCatalog catalog)
    {
        for (var site = 0; site < model.Sites.Count; site++)
        {
            var name = model.Sites[site].Name;
            if (plan.Rows[0][site] != "full")
            {
                yield return PlanMessages.DoesNotStartFull(name, plan.Rows[0][site]);
            }

            if (!plan.Rows.All(row => catalog.TryGet(row[site], out _)))
            {
                continue;
            }

            var (step, what) = Liveness.FirstReadWithoutWrite([.. plan.Rows.Select(row => new[] { catalog.GetProcessor(row[site]) })], 0);
            if (step > 0 || (step == 0 && plan.Rows[0][site] == "full"))
            {
                yield return PlanMessages.ReadsWhatNothingWrote(step, name, plan.Rows[step][site], what);
            }
        }
    }

    private static IEnumerable<string> SiteMismatches(ModelFingerprint plan, ModelFingerprint model)
    {
        if (plan.Sites.Count != model.Sites.Count)
        {
            var attached = plan.HasSubLayers && !model.HasSubLayers
                ? " The plan is one of sub-layers too: attach the model with them."
                : "";
            yield return $"model.sites: the plan has {plan.Sites.Count} sites, the model '{model.Name}' has {model.Sites.Count}.{attached}";
            yield break;
        }

        for (var i = 0; i < plan.Sites.Count; i++)
        {
            var (ours, theirs) = (model.Sites[i], plan.Sites[i]);
            if (ours.Name != theirs.Name)
            {
                yield return PlanMessages.OtherSite(i, theirs.Name, model.Name, $"'{ours.Name}'");
            }

            foreach (var (field, planned, real) in new[] { ("heads", theirs.Heads, ours.Heads), ("headWidth", theirs.HeadWidth, ours.HeadWidth), ("subLayer", theirs.SubLayer, ours.SubLayer) })
            {
                // 0: not known.
                if (planned != 0 && real != 0 && planned != real)
                {
                    yield return $"model.sites[{i}].{field}: the plan has {planned}, the model {real}.";
                }
            }
        }
    }

    private static string? Difference<T>(string field, T? plan, T? run)
        => plan is not null && run is not null && !EqualityComparer<T>.Default.Equals(plan, run) ? string.Create(CultureInfo.InvariantCulture, $"{field}: the plan has {plan}, the run {run}.") : null;
}
