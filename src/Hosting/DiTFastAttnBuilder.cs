using DiTFastAttn.Hosting.Composition;
using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Processors;
using DiTFastAttn.Wrapping;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TorchSharp;

namespace DiTFastAttn.Hosting;

/// <summary>Adds strategies and chooses where plans come from.</summary>
public sealed class DiTFastAttnBuilder : IPlanChoice
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

    /// <summary>
    /// Lets <see cref="IFastAttention.Attach"/> wrap the modules of a model whose source is not yours, as each <c>[assembly: WrapAttention]</c> of the program says.
    /// </summary>
    /// <typeparam name="TModel">The model's class, or that of a module in it around the ones that are wrapped.</typeparam>
    /// <exception cref="InvalidOperationException">No loaded assembly has a <c>[WrapAttention]</c>.</exception>
    public DiTFastAttnBuilder WrapModel<TModel>()
        where TModel : torch.nn.Module
    {
        if (ModuleWrappings.Registered.Count == 0)
        {
            throw new InvalidOperationException(
                $"WrapModel<{typeof(TModel).Name}>: no loaded assembly says with [assembly: WrapAttention(…)] what is to be wrapped: declare an adapter in this project, "
                    + "or use the assembly that declares it before.");
        }

        Services.AddSingleton(new WrappedModelRegistration(typeof(TModel).Name, static module => module is TModel));
        return this;
    }

    /// <summary>Adds a choice of plan that runs ask for by its name, as in <c>.AddPlanProfile("fast", profile => profile.UsePlanFile("fast.plan.json"))</c>.</summary>
    /// <param name="name">The name, as <see cref="RunRequest.Profile"/> gives it.</param>
    /// <param name="choose">Chooses, see <see cref="PlanChoiceExtensions"/>.</param>
    /// <exception cref="ArgumentException">The name is empty or taken, or nothing is chosen.</exception>
    public DiTFastAttnBuilder AddPlanProfile(string name, Action<IPlanChoice> choose)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(choose);
        if (Services.Any(service => service.ImplementationInstance is PlanProfile profile && profile.Name == name))
        {
            throw new ArgumentException($"plan profile '{name}' is there already: choose another name.", nameof(name));
        }

        var profile = new PlanProfile(name);
        choose(profile);
        if (profile.Create is null)
        {
            throw new ArgumentException($"plan profile '{name}' chooses no plan: call one of UsePlan, UsePlanFile, UseSearchedPlan, UseFullAttention and UsePlanProvider on it.", nameof(choose));
        }

        Services.AddSingleton(profile);
        return this;
    }

    /// <inheritdoc/>
    void IPlanChoice.ChooseProvider(Func<IServiceProvider, IPlanProvider> create) => Services.Replace(ServiceDescriptor.Singleton(create));

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
