using DiTFastAttn.Processors.Kernels.Cuda;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>The kernels of this library and the choice between them.</summary>
public static class AttentionKernels
{
    /// <summary>Attention in C# on the best instruction set that the machine has.</summary>
    public static CpuAttentionKernel Cpu { get; } = new();

    /// <summary>Attention on NVIDIA GPUs by libtorch's flash attention.</summary>
    public static FlashAttentionKernel Flash { get; } = new();

    /// <summary>Attention by libtorch's operators.</summary>
    public static TorchAttentionKernel Torch { get; } = new();

    /// <summary>All kernels, in the order in which they are asked.</summary>
    public static IReadOnlyList<IAttentionKernel> All { get; } = [Cpu, Flash, Torch];

    /// <summary>A kernel that hands each call to the first of <see cref="All"/> that supports it.</summary>
    public static IAttentionKernel Default { get; } = FirstOf(All);

    /// <summary>A kernel that hands each call to the first of <paramref name="kernels"/> that supports it.</summary>
    /// <exception cref="ArgumentException">There is no kernel.</exception>
    public static IAttentionKernel FirstOf(IReadOnlyList<IAttentionKernel> kernels) =>
        kernels.Count > 0
            ? new FirstSupportedKernel([.. kernels])
            : throw new ArgumentException("a choice of kernels needs at least one", nameof(kernels));

    /// <summary>The first of <see cref="All"/> that supports this call.</summary>
    /// <exception cref="NotSupportedException">None does.</exception>
    public static IAttentionKernel For(in AttentionInput input) =>
        ((FirstSupportedKernel)Default).For(input);

    private sealed class FirstSupportedKernel(IAttentionKernel[] kernels) : IAttentionKernel
    {
        public string Name { get; } = string.Join(" or ", kernels.Select(kernel => kernel.Name));

        public bool Supports(in AttentionInput input) => Find(input) is not null;

        public torch.Tensor Full(in AttentionInput input, AttentionWindow? window = null) =>
            For(input).Full(input, window);

        public torch.Tensor Window(in AttentionInput input, AttentionWindow window, torch.Tensor? residual = null) =>
            For(input).Window(input, window, residual);

        public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window) =>
            For(input).FullWithResidual(input, window);

        public IAttentionKernel For(in AttentionInput input)
        {
            if (Find(input) is { } kernel)
            {
                return kernel;
            }

            // Says what is wrong with shapes, where that is the reason.
            AttentionShape.Read(input);
            throw new NotSupportedException(
                $"no attention kernel ({Name}) supports {input.Query.dtype}, {input.Key.dtype}, {input.Value.dtype} on {input.Query.device}: " +
                "query, key and value have to be of one floating-point type");
        }

        private IAttentionKernel? Find(in AttentionInput input)
        {
            foreach (var kernel in kernels)
            {
                if (kernel.Supports(input))
                {
                    return kernel;
                }
            }

            return null;
        }
    }
}
