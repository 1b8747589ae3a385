using System.Diagnostics;
using DiTFastAttn.Benchmarks.Attention;
using DiTFastAttn.Processors.Kernels;
using TorchSharp;

namespace DiTFastAttn.Benchmarks;

/// <summary>What a device computes at most: the yardstick of every rate measured there. Measured before what it is compared with, and again behind it.</summary>
public sealed class MachineRate
{
    private const int Side = 8192;
    private const int Rounds = 5;

    private readonly Func<double> _measure;

    private MachineRate(Func<double> measure) => (_measure, Gflops) = (measure, measure());

    /// <summary>10⁹ operations a second, the most of all times it was measured.</summary>
    public double Gflops { get; private set; }

    /// <summary>The CPU's: a loop of float32 multiply-adds in registers.</summary>
    /// <param name="threads">Threads that run it.</param>
    public static MachineRate OfCpu(int threads) => new(() => FmaPeak.Measure(threads, CpuAttentionKernel.BestInstructionSet));

    /// <summary>A device's: <see cref="OfCpu"/>, or a large matrix product in <paramref name="dtype"/> elsewhere.</summary>
    /// <param name="device">The device.</param>
    /// <param name="dtype">Element type; the CPU's rate is that of float32 whatever it is.</param>
    /// <param name="threads">Threads of the CPU.</param>
    public static MachineRate Of(torch.Device device, torch.ScalarType dtype, int threads)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.type == DeviceType.CPU ? OfCpu(threads) : new MachineRate(() => MeasureProduct(device, dtype));
    }

    /// <summary>Measures it once more: the clock may have risen in between, and the higher of both is the honest yardstick.</summary>
    public void MeasureAgain() => Gflops = Math.Max(Gflops, _measure());

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
