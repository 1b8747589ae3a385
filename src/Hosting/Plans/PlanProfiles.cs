namespace DiTFastAttn.Hosting.Plans;

/// <summary>Chooses the provider by the profile that a run asks for.</summary>
internal sealed class PlanProfiles : IPlanProvider
{
    private readonly List<(string Name, Lazy<IPlanProvider> Provider)> _profiles;
    private readonly IPlanProvider? _default;

    /// <summary>Profiles of a program.</summary>
    /// <param name="profiles">The profiles, at least one.</param>
    /// <param name="others">For runs that ask for none, or <see langword="null"/>.</param>
    /// <param name="services">What providers are made with, each at its first need.</param>
    public PlanProfiles(IEnumerable<PlanProfile> profiles, IPlanProvider? others, IServiceProvider services)
    {
        _profiles = [.. profiles.Select(profile => (profile.Name, new Lazy<IPlanProvider>(() => profile.Create!(services))))];
        _default = others;
    }

    /// <summary>Refuses a run that asks for a profile, on behalf of a provider that has none.</summary>
    public static void RefuseProfile(PlanRequest request)
    {
        if (request.Run.Profile is { } asked)
        {
            throw new PlanMismatchException($"profile: the run asks for '{asked}', and no profile is known: add it with .AddPlanProfile(\"{asked}\", …), or leave RunRequest.Profile out.");
        }
    }

    public AttentionPlan GetPlan(PlanRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var known = string.Join(", ", _profiles.Select(profile => $"'{profile.Name}'"));
        if (request.Run.Profile is not { } asked)
        {
            return (_default ?? throw new PlanMismatchException($"profile: the run asks for none, and no plan was chosen for such runs; known are {known}."))
                .GetPlan(request);
        }

        var found = _profiles.Find(profile => profile.Name == asked);
        return found.Provider is null
            ? throw new PlanMismatchException($"profile: the run asks for '{asked}'; known are {known}.")
            : found.Provider.Value.GetPlan(request with { Run = request.Run with { Profile = null } });
    }
}
