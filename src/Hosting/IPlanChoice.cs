namespace DiTFastAttn.Hosting;

/// <summary>Something that needs a plan chosen: all runs, or those of a profile. See <see cref="PlanChoiceExtensions"/> for what can be chosen.</summary>
public interface IPlanChoice
{
    /// <summary>Lets a provider choose.</summary>
    /// <param name="create">Makes the provider, once; replaces an earlier choice.</param>
    void ChooseProvider(Func<IServiceProvider, IPlanProvider> create);
}
