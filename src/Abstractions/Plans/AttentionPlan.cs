namespace DiTFastAttn;

/// <summary>
/// Which strategy computes each site at each step, with everything that has to agree with the run: plain, versioned data.
/// <see cref="PlanFile"/> reads and writes it as JSON.
/// </summary>
public sealed record AttentionPlan
{
    private const string Full = "full";

    /// <summary>The sites in forward order: the columns of <see cref="Rows"/>.</summary>
    public required ModelFingerprint Model { get; init; }

    /// <summary>Strategy ids, <c>[step][site]</c>. Step 0 is always <c>full</c>.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Rows { get; init; }

    /// <summary>How the batch is laid out.</summary>
    public required Guidance Guidance { get; init; }

    /// <summary>
    /// The window of <c>wa</c> and <c>wars</c>; <see langword="null"/> only where no strategy needs one. With a window,
    /// <c>full</c> sums the keys inside it first at every step, so that refreshing a residual changes no bit of the output.
    /// </summary>
    public AttentionWindow? Window { get; init; }

    /// <summary>How the plan was made.</summary>
    public required PlanOrigin Origin { get; init; }

    /// <summary>The guidance scale the plan was made for; checked where the run says its own.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>The scheduler's name, for example <c>ddim</c>; checked where the run names one.</summary>
    public string? Scheduler { get; init; }

    /// <summary>Number of tokens L; checked where the run says its own.</summary>
    public long? Tokens { get; init; }

    /// <summary>Resolution in pixels or latent cells, for example <c>64x64</c>; checked where the run says its own.</summary>
    public string? Resolution { get; init; }

    /// <summary>Element type, for example <c>float32</c>; checked where the run says its own.</summary>
    public string? Dtype { get; init; }

    /// <summary>Denoising steps T.</summary>
    public int Steps => Rows.Count;

    /// <summary>A plan with one strategy for all compressed sites of a step; the others stay <c>full</c>.</summary>
    /// <param name="model">The attached model it is for.</param>
    /// <param name="guidance">How the batch is laid out.</param>
    /// <param name="steps">A strategy's id for each step.</param>
    /// <param name="window">The window, or <see langword="null"/> for the model's where a strategy needs one.</param>
    /// <param name="kinds">
    /// Kinds of sites that are compressed, or <see langword="null"/> for <see cref="SiteKinds.Paper"/>. Strategies leave <c>full</c> what they
    /// cannot serve: cross-attention has no window, a sub-layer no attention.
    /// </param>
    public static AttentionPlan OfSteps(
        AttachedModel model, Guidance guidance, IEnumerable<string> steps, AttentionWindow? window = null, IReadOnlyCollection<SiteKind>? kinds = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(steps);
        string[] ids = [.. steps];
        var rows = ids.Distinct(StringComparer.Ordinal).ToDictionary(id => id, id => RowOf(model, id, kinds ?? SiteKinds.Paper), StringComparer.Ordinal);
        var needsWindow = rows.Keys.Any(id => model.Processors.GetProcessor(id).Traits.RequiresWindow);
        return new AttentionPlan
        {
            Model = model.Fingerprint,
            Rows = [.. ids.Select(id => rows[id])],
            Guidance = guidance,
            Window = window ?? (needsWindow ? model.Window : null),
            Origin = new PlanOrigin("hand"),
        };
    }

    /// <summary>A plan with <c>full</c> everywhere.</summary>
    /// <param name="model">The attached model it is for.</param>
    /// <param name="guidance">How the batch is laid out.</param>
    /// <param name="steps">Denoising steps T.</param>
    public static AttentionPlan AllFull(AttachedModel model, Guidance guidance, int steps)
        => OfSteps(model, guidance, Enumerable.Repeat(Full, steps));

    /// <summary>A step's row: one strategy at every site of some kinds that it can serve, <c>full</c> at the others.</summary>
    /// <param name="model">The attached model.</param>
    /// <param name="strategy">The strategy's id.</param>
    /// <param name="kinds">Kinds of sites.</param>
    /// <exception cref="PlanMismatchException">The strategy is not known.</exception>
    public static IReadOnlyList<string> RowOf(AttachedModel model, string strategy, IReadOnlyCollection<SiteKind> kinds)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(kinds);
        var traits = model.Processors.GetProcessor(strategy).Traits;
        return [.. model.Sites.Select(site => kinds.Contains(site.Kind) && site.IsServedBy(traits) ? strategy : Full)];
    }
}
