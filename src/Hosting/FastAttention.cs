using DiTFastAttn.Processors.Kernels;
using Microsoft.Extensions.Options;
using TorchSharp;

namespace DiTFastAttn.Hosting;

/// <summary>Attaches models with the registered strategies, plan provider and options.</summary>
internal sealed class FastAttention(IProcessorCatalog catalog, IOptions<DiTFastAttnOptions> options, IPlanProvider? plans = null) : IFastAttention
{
    public AttachedModel Attach(torch.nn.Module model)
        => AttachedModel.Attach(model, catalog, options.Value.Kernel ?? AttentionKernels.Default, options.Value.Window, plans);
}
