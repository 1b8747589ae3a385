using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Processors.Kernels;
using Microsoft.Extensions.Options;
using TorchSharp;

namespace DiTFastAttn.Hosting;

/// <summary>Attaches models with the registered strategies, plan provider and options.</summary>
internal sealed class FastAttention : IFastAttention
{
    private readonly IProcessorCatalog _catalog;
    private readonly DiTFastAttnOptions _options;
    private readonly IPlanProvider? _plans;

    public FastAttention(
        IProcessorCatalog catalog,
        IOptions<DiTFastAttnOptions> options,
        IEnumerable<PlanProfile> profiles,
        IServiceProvider services,
        IPlanProvider? plans = null)
    {
        _catalog = catalog;
        _options = options.Value;
        _plans = profiles.Any() ? new PlanProfiles(profiles, plans, services) : plans;
    }

    public AttachedModel Attach(torch.nn.Module model)
        => AttachedModel.Attach(model, _catalog, _options.Kernel ?? AttentionKernels.Default, _options.Window, _plans);
}
