using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Processors;

namespace DiTFastAttn.Cli.Plans;

/// <summary>Reads plans that the user names.</summary>
internal static class PlanInput
{
    /// <summary>Reads a plan file, or one of the authors' code to look at (<see cref="AuthorsPlan.WithoutModel"/>). It may name strategies of other programs.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UserErrorException">It cannot be read or is not a plan.</exception>
    public static AttentionPlan Load(string path)
        => Read(path, () => AuthorsPlanFile.Read(path)?.WithoutModel(Guidance.ConditionalFirst, AttentionWindow.Paper) ?? PlanFile.Load(path));

    /// <summary>Reads a plan of the authors' code or of xDiT.</summary>
    /// <param name="path">The file.</param>
    /// <returns><see langword="null"/> where it is none of theirs.</returns>
    /// <exception cref="UserErrorException">It cannot be read, or is one of theirs and damaged.</exception>
    public static AuthorsPlan? LoadAuthors(string path) => Read(path, () => AuthorsPlanFile.Read(path));

    /// <summary>Makes sure that a plan fits a model and a run.</summary>
    /// <param name="path">The plan's file, for the message.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="model">The model.</param>
    /// <param name="request">What the run will be.</param>
    /// <exception cref="UserErrorException">It does not; the message names file, field and both values.</exception>
    public static void Check(string path, AttentionPlan plan, AttachedModel model, RunRequest request)
    {
        try
        {
            model.Check(plan, request);
        }
        catch (PlanMismatchException error)
        {
            throw new UserErrorException($"plan '{path}': {error.Message}", error);
        }
    }

    /// <summary>What gives a run its plan: a file, one of the authors' code too, or <c>periodic:STRATEGY/N</c>.</summary>
    /// <param name="option">The option that names it, for the message.</param>
    /// <param name="text">Its value.</param>
    /// <exception cref="UserErrorException">It is neither.</exception>
    public static IPlanProvider Provider(string option, string text)
    {
        try
        {
            return PeriodicPlanProvider.IsMeant(text) ? PeriodicPlanProvider.Parse(text) : LoadAuthors(text) ?? (IPlanProvider)new FixedPlanProvider(Read(text, () => PlanFile.Load(text)));
        }
        catch (FormatException error)
        {
            throw new UserErrorException($"{option} {error.Message}", error);
        }
    }

    /// <summary>Where a plan first names each strategy that is not built in, a line each.</summary>
    /// <param name="plan">The plan.</param>
    public static IReadOnlyList<string> StrategiesOfOthers(AttentionPlan plan)
    {
        var catalog = new ProcessorCatalog();
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var step = 0; step < plan.Steps; step++)
        {
            for (var site = 0; site < plan.Rows[step].Count; site++)
            {
                var id = plan.Rows[step][site];
                if (!catalog.TryGet(id, out _))
                {
                    found.TryAdd(
                        id,
                        $"step {step}, site '{plan.Model.Sites[site].Name}' is '{id}', which is not built in ({string.Join(", ", catalog.Ids)} and composites a+b): a strategy of another program's, or a typing error.");
                }
            }
        }

        return [.. found.Values];
    }

    private static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException error)
        {
            throw new UserErrorException(error.Message.ReplaceLineEndings(" "), error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"plan '{path}': cannot be read: {(Directory.Exists(path) ? "it is a folder." : error.Message)}", error);
        }
    }
}
