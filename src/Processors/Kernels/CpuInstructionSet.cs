namespace DiTFastAttn.Processors.Kernels;

/// <summary>Instruction sets that <see cref="CpuAttentionKernel"/> is compiled for.</summary>
public enum CpuInstructionSet
{
    /// <summary>No particular one: 128-bit vectors as the runtime provides them (NEON on ARM64).</summary>
    Portable,

    /// <summary>x86 AVX2 with FMA, 256 bits.</summary>
    Avx2,

    /// <summary>x86 AVX-512 (F and DQ), 512 bits.</summary>
    Avx512,
}
