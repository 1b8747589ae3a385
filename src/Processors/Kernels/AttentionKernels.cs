using TorchSharp;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>The kernels of this library and the choice between them.</summary>
public static class AttentionKernels
{
    /// <summary>Attention in C# on the best instruction set that the machine has.</summary>
    public static CpuAttentionKernel Cpu { get; } = new();

    /// <summary>Attention by libtorch's operators.</summary>
    public static TorchAttentionKernel Torch { get; } = new();

    /// <summary>All kernels, in the order in which they are asked.</summary>
    public static IReadOnlyList<IAttentionKernel> All { get; } = [Cpu, Torch];

    /// <summary>A kernel that hands each call to the first of <see cref="All"/> that supports its tensors.</summary>
    public static IAttentionKernel Default { get; } = FirstOf(All);

    /// <summary>A kernel that hands each call to the first of <paramref name="kernels"/> that supports its tensors.</summary>
    /// <exception cref="ArgumentException">There is no kernel.</exception>
    public static IAttentionKernel FirstOf(IReadOnlyList<IAttentionKernel> kernels) =>
        kernels.Count > 0
            ? new FirstSupportedKernel([.. kernels])
            : throw new ArgumentException("a choice of kernels needs at least one", nameof(kernels));

    /// <summary>The first of <see cref="All"/> that supports these tensors.</summary>
    /// <exception cref="NotSupportedException">None does.</exception>
    public static IAttentionKernel For(torch.Tensor query, torch.Tensor key, torch.Tensor value) =>
        ((FirstSupportedKernel)Default).For(query, key, value);

    private sealed class FirstSupportedKernel(IAttentionKernel[] kernels) : IAttentionKernel
    {
        public string Name { get; } = string.Join(" or ", kernels.Select(kernel => kernel.Name));

        public bool Supports(torch.Tensor query, torch.Tensor key, torch.Tensor value) => Find(query, key, value) is not null;

        public torch.Tensor Full(torch.Tensor query, torch.Tensor key, torch.Tensor value, int? window = null) =>
            For(query, key, value).Full(query, key, value, window);

        public torch.Tensor Window(torch.Tensor query, torch.Tensor key, torch.Tensor value, int window) =>
            For(query, key, value).Window(query, key, value, window);

        public FullAndResidual FullWithResidual(torch.Tensor query, torch.Tensor key, torch.Tensor value, int window) =>
            For(query, key, value).FullWithResidual(query, key, value, window);

        public IAttentionKernel For(torch.Tensor query, torch.Tensor key, torch.Tensor value)
        {
            if (Find(query, key, value) is { } kernel)
            {
                return kernel;
            }

            // Says what is wrong with shapes, where that is the reason.
            AttentionShape.Read(query, key, value);
            throw new NotSupportedException(
                $"no attention kernel ({Name}) supports {query.dtype}, {key.dtype}, {value.dtype} on {query.device}: " +
                "query, key and value have to be of one floating-point type");
        }

        private IAttentionKernel? Find(torch.Tensor query, torch.Tensor key, torch.Tensor value)
        {
            foreach (var kernel in kernels)
            {
                if (kernel.Supports(query, key, value))
                {
                    return kernel;
                }
            }

            return null;
        }
    }
}
