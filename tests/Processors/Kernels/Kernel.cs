namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>The kernels that this machine runs, by name: each answers the same tests.</summary>
internal static class Kernel
{
    private static readonly Dictionary<string, IAttentionKernel> ByName = CpuAttentionKernel.InstructionSets
        .Select(set => (IAttentionKernel)new CpuAttentionKernel(set))
        .Append(new TorchAttentionKernel())
        .ToDictionary(kernel => kernel.Name);

    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>Those of <see cref="Names"/> that are ours, one an instruction set.</summary>
    public static IEnumerable<string> NamesOnCpu => ByName.Values.OfType<CpuAttentionKernel>().Select(kernel => kernel.Name);

    public static TheoryData<string> All => [.. Names];

    public static TheoryData<string> OnCpu => [.. NamesOnCpu];

    public static IAttentionKernel Named(string name) => ByName[name];
}
