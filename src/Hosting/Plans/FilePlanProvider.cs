namespace DiTFastAttn.Hosting.Plans;

/// <summary>Gives every run the plan of a file, read once.</summary>
public sealed class FilePlanProvider : IPlanProvider
{
    private readonly Lazy<AttentionPlan> _plan;

    /// <summary>A provider for a file.</summary>
    /// <param name="path">A plan as <see cref="PlanFile"/> writes it.</param>
    public FilePlanProvider(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _plan = new Lazy<AttentionPlan>(() => PlanFile.Load(path), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <inheritdoc/>
    /// <exception cref="FormatException">The file is not a plan.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public AttentionPlan GetPlan(PlanRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        PlanProfiles.RefuseProfile(request);
        return _plan.Value;
    }
}
