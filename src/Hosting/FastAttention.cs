using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Processors.Kernels;
using DiTFastAttn.Wrapping;
using Microsoft.Extensions.Options;
using TorchSharp;

namespace DiTFastAttn.Hosting;

/// <summary>Attaches models with the registered strategies, plan provider and options.</summary>
internal sealed class FastAttention : IFastAttention
{
    private readonly IProcessorCatalog _catalog;
    private readonly DiTFastAttnOptions _options;
    private readonly IPlanProvider? _plans;
    private readonly IReadOnlyList<WrappedModelRegistration> _wrapped;

    public FastAttention(
        IProcessorCatalog catalog,
        IOptions<DiTFastAttnOptions> options,
        IEnumerable<PlanProfile> profiles,
        IEnumerable<WrappedModelRegistration> wrapped,
        IServiceProvider services,
        IPlanProvider? plans = null)
    {
        _wrapped = [.. wrapped];
        _catalog = catalog;
        _options = options.Value;
        _plans = profiles.Any() ? new PlanProfiles(profiles, plans, services) : plans;
    }

    public AttachedModel Attach(torch.nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var named = _wrapped.FirstOrDefault(registration => registration.Is(model) || model.modules().Any(registration.Is));
        IReadOnlyList<ModuleWrapping> wrappings = named is null ? [] : ModuleWrappings.Registered;
        var attached = AttachedModel.Attach(model, _catalog, _options.Kernel ?? AttentionKernels.Default, _options.Window, _plans, wrappings, _options.SubLayers, _options.StateStorage);
        if (named is null || attached.WrappedModuleCount > 0)
        {
            return attached;
        }

        attached.Dispose();
        throw new InvalidOperationException(
            $"model '{model.GetName()}' holds a {named.Name}, which WrapModel names, and none of its modules is one that a [assembly: WrapAttention(…)] says how to wrap: "
                + $"those are about {string.Join(", ", ModuleWrappings.Registered.Select(wrapping => wrapping.Original).Distinct())}.");
    }
}
