using DiTFastAttn.Hosting.Composition;
using DiTFastAttn.Processors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DiTFastAttn.Hosting;

/// <summary>Registration with Microsoft.Extensions.DependencyInjection.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IFastAttention"/> with the built-in strategies. Choose plans and add strategies on what it returns.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Settings.</param>
    public static DiTFastAttnBuilder AddDiTFastAttn(this IServiceCollection services, Action<DiTFastAttnOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddSingleton<IFastAttention, FastAttention>();
        services.TryAddSingleton<IProcessorCatalog>(provider =>
        {
            var catalog = new ProcessorCatalog();
            foreach (var registration in provider.GetServices<StrategyRegistration>())
            {
                catalog.Add(registration.Id, registration.Create(provider));
            }

            ProcessorLayer[] layers = [.. provider.GetServices<ProcessorLayer>()];
            return layers.Length == 0 ? catalog : new LayeredCatalog(catalog, layers, provider);
        });
        return new DiTFastAttnBuilder(services);
    }
}
