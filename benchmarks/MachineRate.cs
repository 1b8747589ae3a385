using System.Diagnostics;
using DiTFastAttn.Benchmarks.Attention;
using DiTFastAttn.Processors.Kernels;
using TorchSharp;

namespace DiTFastAttn.Benchmarks;

/// <summary>What a device computes at most: the yardstick of every rate measured there.</summary>
public static class MachineRate
{
    private const int Side = 8192;
    private const int Rounds = 5;

    /// <summary>10⁹ operations a second: of a loop of multiply-adds in registers on the CPU, of a large matrix product in <paramref name="dtype"/> elsewhere.</summary>
    /// <param name="device">The device.</param>
    /// <param name="dtype">Element type; the CPU's rate is that of float32 whatever it is.</param>
    /// <param name="threads">Threads of the CPU.</param>
    public static double Measure(torch.Device device, torch.ScalarType dtype, int threads)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.type == DeviceType.CPU ? FmaPeak.Measure(threads, CpuAttentionKernel.BestInstructionSet) : MeasureProduct(device, dtype);
    }

    private static double MeasureProduct(torch.Device device, torch.ScalarType dtype)
    {
        using var scope = torch.NewDisposeScope();
        var left = torch.randn([Side, Side], dtype, device);
        var right = torch.randn([Side, Side], dtype, device);
        var best = double.PositiveInfinity;
        for (var round = 0; round <= Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            left.matmul(right).Dispose();
            torch.cuda.synchronize(device);
            // The first one loads the library.
            best = round == 0 ? best : Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * Side * Side * Side / best / 1e9;
    }
}
