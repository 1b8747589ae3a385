using DiTFastAttn.Hosting.Plans;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DiTFastAttn.Hosting;

/// <summary>Adds strategies and chooses where plans come from.</summary>
public sealed class DiTFastAttnBuilder
{
    internal DiTFastAttnBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Adds a strategy, constructed once with its services.</summary>
    /// <typeparam name="TStrategy">An <see cref="IAttentionProcessor"/> or an <see cref="IAttentionDecorator"/>; stateless.</typeparam>
    /// <param name="id">The id that plans name: lower-case letters, digits and dashes.</param>
    public DiTFastAttnBuilder AddProcessor<TStrategy>(string id)
        where TStrategy : class, IAttentionStrategy
    {
        Services.AddSingleton(new StrategyRegistration(id, provider => ActivatorUtilities.CreateInstance<TStrategy>(provider)));
        return this;
    }

    /// <summary>Gives every run this plan.</summary>
    /// <param name="plan">The plan.</param>
    public DiTFastAttnBuilder UsePlan(AttentionPlan plan) => UsePlanProvider(new FixedPlanProvider(plan));

    /// <summary>Gives every run the plan of a file.</summary>
    /// <param name="path">A plan as <see cref="PlanFile"/> writes it; read at the first run.</param>
    public DiTFastAttnBuilder UsePlanFile(string path) => UsePlanProvider(new FilePlanProvider(path));

    /// <summary>Lets a provider of one's own choose.</summary>
    /// <param name="provider">The provider; replaces an earlier choice.</param>
    public DiTFastAttnBuilder UsePlanProvider(IPlanProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        Services.Replace(ServiceDescriptor.Singleton(provider));
        return this;
    }
}
