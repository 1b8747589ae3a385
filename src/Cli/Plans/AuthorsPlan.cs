namespace DiTFastAttn.Cli.Plans;

/// <summary>
/// A plan of the authors' code or of xDiT. It says neither the model's sites nor guidance nor window: a run's model and request do. The n-th block's
/// <c>attn1</c> is the model's n-th self-attention, its <c>attn2</c> the n-th cross-attention, its <c>ff</c> the n-th sub-layer.
/// </summary>
/// <param name="Name">The file, for messages.</param>
/// <param name="Blocks">The model's blocks.</param>
internal sealed record AuthorsPlan(string Name, IReadOnlyList<AuthorsBlock> Blocks) : IPlanProvider
{
    private const string Full = "full";

    /// <summary>Whether it reuses feed-forwards, so that the model has to be attached with its sub-layers.</summary>
    public bool HasFeedForwards => Blocks.Any(block => block.FeedForward is not null);

    /// <summary>Denoising steps T.</summary>
    public int Steps => Blocks[0].SelfAttention.Count;

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">The model has another number of such sites.</exception>
    public AttentionPlan GetPlan(PlanRequest request)
    {
        var model = request.Model;
        var columns = model.Sites.Select(_ => Enumerable.Repeat(Full, Steps).ToArray() as IReadOnlyList<string>).ToArray();
        Place(block => block.SelfAttention, "self-attention", site => site is SiteKind.SelfAttention or SiteKind.JointAttention or SiteKind.Spatial or SiteKind.Temporal);
        Place(block => block.CrossAttention, "cross-attention", site => site is SiteKind.CrossAttention);
        Place(block => block.FeedForward, "sub-layer", site => site is SiteKind.SubLayer);
        return Make(model.Fingerprint, columns, request.Run.Guidance, model.Window);

        void Place(Func<AuthorsBlock, IReadOnlyList<string>?> part, string what, Func<SiteKind, bool> isMeant)
        {
            if (Blocks.All(block => part(block) is null))
            {
                return;
            }

            int[] sites = [.. model.Sites.Where(site => isMeant(site.Kind)).Select(site => site.Index)];
            if (sites.Length != Blocks.Count)
            {
                throw new UserErrorException($"plan '{Name}': is for {Blocks.Count} blocks; the model '{model.Fingerprint.Name}' has {sites.Length} {what} sites.");
            }

            foreach (var (site, block) in sites.Zip(Blocks))
            {
                columns[site] = part(block) ?? columns[site];
            }
        }
    }

    /// <summary>The plan for a model that is not at hand: sites are called what diffusers calls them, and their sizes are left open.</summary>
    /// <param name="guidance">How the runs' batch is laid out.</param>
    /// <param name="window">The runs' window.</param>
    /// <exception cref="UserErrorException">It reuses feed-forwards, whose cost only a model says.</exception>
    public AttentionPlan WithoutModel(Guidance guidance, AttentionWindow window)
    {
        if (HasFeedForwards)
        {
            throw new UserErrorException($"plan '{Name}': reuses feed-forwards (ff); only a model says what those cost: give --model.");
        }

        List<SiteFingerprint> sites = [];
        List<IReadOnlyList<string>> columns = [];
        for (var i = 0; i < Blocks.Count; i++)
        {
            Add($"transformer_blocks.{i}.attn1", Blocks[i].SelfAttention);
            if (Blocks[i].CrossAttention is { } crossAttention)
            {
                Add($"transformer_blocks.{i}.attn2", crossAttention);
            }
        }

        return Make(new ModelFingerprint("Transformer2DModel", sites), columns, guidance, window);

        void Add(string name, IReadOnlyList<string> column)
        {
            sites.Add(new SiteFingerprint(name, 0, 0));
            columns.Add(column);
        }
    }

    private AttentionPlan Make(ModelFingerprint model, IReadOnlyList<IReadOnlyList<string>> columns, Guidance guidance, AttentionWindow window) => new()
    {
        Model = model,
        Rows = [.. Enumerable.Range(0, Steps).Select(step => (IReadOnlyList<string>)[.. columns.Select(column => column[step])])],
        Guidance = guidance,
        Window = columns.Any(column => column.Any(id => id.StartsWith("wa", StringComparison.Ordinal))) ? window : null,
        Origin = new PlanOrigin("converted") { Note = $"from {Path.GetFileName(Name)}" },
    };
}
