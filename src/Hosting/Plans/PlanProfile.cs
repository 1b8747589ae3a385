namespace DiTFastAttn.Hosting.Plans;

/// <summary>A choice of plan that runs ask for by its name.</summary>
/// <param name="name">The name.</param>
internal sealed class PlanProfile(string name) : IPlanChoice
{
    public string Name { get; } = name;

    /// <summary>Makes the provider; <see langword="null"/> until something was chosen.</summary>
    public Func<IServiceProvider, IPlanProvider>? Create { get; private set; }

    public void ChooseProvider(Func<IServiceProvider, IPlanProvider> create) => Create = create;
}
