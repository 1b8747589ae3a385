using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace DiTFastAttn.Models.Weights;

/// <summary>What the processor computes in without converting.</summary>
internal static class CpuArithmetic
{
    private const int Avx512BFloat16 = 1 << 5;
    private const int AmxBFloat16 = 1 << 22;

    /// <summary>Whether it has instructions on bfloat16: AVX512_BF16 or AMX-BF16, or Arm's extension.</summary>
    public static bool HasBFloat16 { get; } = X86Base.IsSupported ? AskX86() : AskLinux();

    private static bool AskX86()
    {
        const int Features = 7;
        if (!Avx512F.IsSupported || X86Base.CpuId(0, 0).Eax < Features)
        {
            return false;
        }

        return (X86Base.CpuId(Features, 1).Eax & Avx512BFloat16) != 0 || (X86Base.CpuId(Features, 0).Edx & AmxBFloat16) != 0;
    }

    /// <summary>.NET has no name for Arm's extension; Linux has.</summary>
    private static bool AskLinux()
    {
        const string Processor = "/proc/cpuinfo";
        return RuntimeInformation.ProcessArchitecture == Architecture.Arm64 && File.Exists(Processor)
            && File.ReadLines(Processor).Any(line => line.StartsWith("Features", StringComparison.Ordinal) && line.Split(' ').Contains("bf16"));
    }
}
