using DiTFastAttn.Processors;

namespace DiTFastAttn.Cli.Plans;

/// <summary>Reads plans that the user names.</summary>
internal static class PlanInput
{
    /// <summary>Reads a plan file. It may name strategies of other programs.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UserErrorException">It cannot be read or is not a plan.</exception>
    public static AttentionPlan Load(string path)
    {
        try
        {
            return PlanFile.Load(path);
        }
        catch (FormatException error)
        {
            throw new UserErrorException(error.Message, error);
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
}
