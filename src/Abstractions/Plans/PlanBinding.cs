using DiTFastAttn.Runs;

namespace DiTFastAttn;

/// <summary>Checks a plan against model, run and strategies, and looks everything up: nothing is searched for by name later.</summary>
internal static class PlanBinding
{
    public static PlannedRow[] Bind(AttentionPlan plan, AttachedModel model, RunRequest request, IProcessorCatalog catalog)
    {
        CheckSites(plan.Model, model.Fingerprint);
        if (request.Steps < 1)
        {
            throw new PlanMismatchException($"steps: the run asks for {request.Steps}; a run has at least 1.");
        }

        Compare("steps", plan.Steps, request.Steps);
        if (plan.Guidance != request.Guidance)
        {
            throw new PlanMismatchException($"guidance: the plan was made for {plan.Guidance}, the run has {request.Guidance}.");
        }

        Compare("scheduler", plan.Scheduler, request.Scheduler);
        Compare("tokens", plan.Tokens, request.Tokens);
        Compare("dtype", plan.Dtype, request.Dtype);

        var rows = new IAttentionProcessor[plan.Steps][];
        for (var step = 0; step < rows.Length; step++)
        {
            rows[step] = ResolveRow(plan.Rows[step], step, model, catalog, request.Guidance, plan.Window);
        }

        for (var site = 0; site < model.Sites.Count; site++)
        {
            if (plan.Rows[0][site] != "full")
            {
                throw new PlanMismatchException(
                    $"rows: step 0 of site '{model.Sites[site].Name}' is '{plan.Rows[0][site]}'; step 0 is always 'full'.");
            }

            var (step, kind) = Liveness.FirstReadWithoutWrite(rows, site);
            if (step >= 0)
            {
                throw new PlanMismatchException(
                    $"rows: step {step} of site '{model.Sites[site].Name}' is '{plan.Rows[step][site]}', which reads {kind}, and no earlier step writes it.");
            }
        }

        return Liveness.Of(rows);
    }

    public static IAttentionProcessor[] ResolveRow(
        IReadOnlyList<string> row, int step, AttachedModel model, IProcessorCatalog catalog, Guidance guidance, AttentionWindow? window)
    {
        if (row.Count != model.Sites.Count)
        {
            throw new PlanMismatchException($"rows: step {step} names {row.Count} strategies; the model has {model.Sites.Count} sites.");
        }

        var processors = new IAttentionProcessor[row.Count];
        for (var site = 0; site < processors.Length; site++)
        {
            if (!catalog.TryGet(row[site], out var processor))
            {
                throw new PlanMismatchException(
                    $"rows: step {step} of site '{model.Sites[site].Name}' names the strategy '{row[site]}'; known are {string.Join(", ", catalog.Ids)} and composites a+b.");
            }

            if (processor.Traits.NeedsGuidance && guidance == Guidance.None)
            {
                throw new PlanMismatchException(
                    $"guidance: step {step} of site '{model.Sites[site].Name}' is '{row[site]}', which shares between the guidance halves, and the run has no guidance.");
            }

            if (processor.Traits.RequiresWindow && window is null)
            {
                throw new PlanMismatchException(
                    $"window: the plan has none, and step {step} of site '{model.Sites[site].Name}' is '{row[site]}', which needs one.");
            }

            if (processor.Traits.RequiresWindow && model.Sites[site].Kind == SiteKind.CrossAttention)
            {
                throw new PlanMismatchException(
                    $"rows: step {step} of site '{model.Sites[site].Name}' is '{row[site]}', which needs a window, and the site is cross-attention, which has none.");
            }

            processors[site] = processor;
        }

        return processors;
    }

    private static void CheckSites(ModelFingerprint plan, ModelFingerprint model)
    {
        if (plan.Sites.Count != model.Sites.Count)
        {
            throw new PlanMismatchException($"model.sites: the plan has {plan.Sites.Count} sites, the model '{model.Name}' has {model.Sites.Count}.");
        }

        for (var i = 0; i < plan.Sites.Count; i++)
        {
            var (ours, theirs) = (model.Sites[i], plan.Sites[i]);
            if (ours.Name != theirs.Name)
            {
                throw new PlanMismatchException($"model.sites[{i}].name: the plan has '{theirs.Name}', the model '{model.Name}' has '{ours.Name}'.");
            }

            CompareKnown($"model.sites[{i}].heads", theirs.Heads, ours.Heads);
            CompareKnown($"model.sites[{i}].headWidth", theirs.HeadWidth, ours.HeadWidth);
        }
    }

    private static void CompareKnown(string field, long plan, long model)
    {
        if (plan != 0 && model != 0 && plan != model)
        {
            throw new PlanMismatchException($"{field}: the plan has {plan}, the model {model}.");
        }
    }

    private static void Compare<T>(string field, T? plan, T? run)
    {
        if (plan is not null && run is not null && !EqualityComparer<T>.Default.Equals(plan, run))
        {
            throw new PlanMismatchException($"{field}: the plan has {plan}, the run {run}.");
        }
    }
}
