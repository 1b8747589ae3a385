using DiTFastAttn.Hosting.Composition;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Processors;
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
    /// <exception cref="ArgumentException">The id is malformed or taken.</exception>
    public DiTFastAttnBuilder AddProcessor<TStrategy>(string id)
        where TStrategy : class, IAttentionStrategy
        => Add(id, typeof(TStrategy).Name, provider => ActivatorUtilities.CreateInstance<TStrategy>(provider));

    /// <summary>Adds a strategy that a function makes, once.</summary>
    /// <param name="id">The id that plans name: lower-case letters, digits and dashes.</param>
    /// <param name="create">Makes the strategy, an <see cref="IAttentionProcessor"/> or an <see cref="IAttentionDecorator"/>; stateless.</param>
    /// <exception cref="ArgumentException">The id is malformed or taken.</exception>
    public DiTFastAttnBuilder AddProcessor(string id, Func<IServiceProvider, IAttentionStrategy> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        return Add(id, "another strategy", provider => create(provider) ?? throw new InvalidOperationException($"strategy '{id}': the function that makes it returned null."));
    }

    /// <summary>
    /// Puts something around every strategy, composites as a whole. What was used first stands outermost. It is put around when a
    /// run begins, once for each strategy: where nothing is used, a call costs nothing more.
    /// </summary>
    /// <param name="wrap">Makes of a strategy what stands around it, mostly a <see cref="DelegatingAttentionProcessor"/>; the strategy itself leaves it as it is.</param>
    public DiTFastAttnBuilder Use(Func<IAttentionProcessor, IAttentionProcessor> wrap)
    {
        ArgumentNullException.ThrowIfNull(wrap);
        return Use((_, inner, _) => wrap(inner));
    }

    /// <inheritdoc cref="Use(Func{IAttentionProcessor, IAttentionProcessor})"/>
    /// <param name="wrap">Makes of a strategy and the services what stands around it.</param>
    public DiTFastAttnBuilder Use(Func<IAttentionProcessor, IServiceProvider, IAttentionProcessor> wrap)
    {
        ArgumentNullException.ThrowIfNull(wrap);
        return Use((_, inner, services) => wrap(inner, services));
    }

    /// <inheritdoc cref="Use(Func{IAttentionProcessor, IAttentionProcessor})"/>
    /// <param name="wrap">Makes of a strategy's id, the strategy and the services what stands around it.</param>
    public DiTFastAttnBuilder Use(Func<string, IAttentionProcessor, IServiceProvider, IAttentionProcessor> wrap)
    {
        ArgumentNullException.ThrowIfNull(wrap);
        Services.AddSingleton(new ProcessorLayer(wrap));
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

    private DiTFastAttnBuilder Add(string id, string name, Func<IServiceProvider, IAttentionStrategy> create)
    {
        ProcessorCatalog.CheckId(id);
        var taken = ProcessorCatalog.BuiltInIds.Contains(id) ? "the built-in strategy"
            : Services.Select(service => service.ImplementationInstance).OfType<StrategyRegistration>().FirstOrDefault(r => r.Id == id)?.Name;
        if (taken is not null)
        {
            throw new ArgumentException($"strategy id '{id}' is taken by {taken}: choose another.", nameof(id));
        }

        Services.AddSingleton(new StrategyRegistration(id, name, create));
        return this;
    }
}
