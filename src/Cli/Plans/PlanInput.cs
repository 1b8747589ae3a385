using DiTFastAttn.Processors;

namespace DiTFastAttn.Cli.Plans;

/// <summary>Reads plans that the user names.</summary>
internal static class PlanInput
{
    /// <summary>Reads a plan file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UserErrorException">It cannot be read, is not a plan, or names an unknown strategy.</exception>
    public static AttentionPlan Load(string path)
    {
        AttentionPlan plan;
        try
        {
            plan = PlanFile.Load(path);
        }
        catch (FormatException error)
        {
            throw new UserErrorException(error.Message, error);
        }

        var catalog = new ProcessorCatalog();
        for (var step = 0; step < plan.Steps; step++)
        {
            for (var site = 0; site < plan.Rows[step].Count; site++)
            {
                if (!catalog.TryGet(plan.Rows[step][site], out _))
                {
                    throw new UserErrorException(
                        $"plan '{path}': step {step}, site '{plan.Model.Sites[site].Name}' names the strategy '{plan.Rows[step][site]}'; known are {string.Join(", ", catalog.Ids)} and composites a+b.");
                }
            }
        }

        return plan;
    }
}
