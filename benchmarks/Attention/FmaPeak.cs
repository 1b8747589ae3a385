using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DiTFastAttn.Processors.Kernels;

namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>
/// The yardstick of every CPU kernel: how many floating-point operations a second the machine does in a loop of fused multiply-adds that
/// touches nothing but registers. Clocks drift by several percent, so it is measured in the run that it is compared with.
/// </summary>
public static class FmaPeak
{
    private const int Attempts = 5;
    private const double SecondsPerAttempt = 0.02;

    /// <summary>The best of a few short attempts, in 10⁹ float32 operations a second over all threads together.</summary>
    /// <param name="threads">threads that run the loop at the same time</param>
    /// <param name="instructionSet">width of the vectors</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is not positive.</exception>
    public static double Measure(int threads, CpuInstructionSet instructionSet)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        (Func<long, float> loop, int operations) = instructionSet switch
        {
            CpuInstructionSet.Avx512 => ((Func<long, float>)Loop512, 24 * 16 * 2),
            CpuInstructionSet.Avx2 => (Loop256, 12 * 8 * 2),
            _ => (Loop128, 12 * 4 * 2),
        };
        var rounds = Calibrate(loop);
        double best = 0;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            best = Math.Max(best, (double)threads * rounds * operations / Time(loop, rounds, threads) / 1e9);
        }

        return best;
    }

    private static long Calibrate(Func<long, float> loop)
    {
        long rounds = 1 << 14;
        for (; ; rounds *= 2)
        {
            var clock = Stopwatch.StartNew();
            loop(rounds);
            if (clock.Elapsed.TotalSeconds > SecondsPerAttempt / 2)
            {
                return rounds;
            }
        }
    }

    private static double Time(Func<long, float> loop, long rounds, int threads)
    {
        // The barrier lets all begin together; the slowest counts.
        using var start = new Barrier(threads);
        var seconds = new double[threads];
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(index => new Thread(() => Run(index)) { IsBackground = true })];
        Array.ForEach(others, thread => thread.Start());
        Run(0);
        Array.ForEach(others, thread => thread.Join());
        return seconds.Max();

        void Run(int index)
        {
            start.SignalAndWait();
            var clock = Stopwatch.StartNew();
            // Adding a result that is never NaN keeps the loop from being left out.
            var result = loop(rounds);
            seconds[index] = clock.Elapsed.TotalSeconds + (float.IsNaN(result) ? 1 : 0);
        }
    }

    // 24 independent chains: two units of latency 4 need 8, the rest is room for slower ones. The 12 below fit 16 registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Loop512(long rounds)
    {
        var a = Vector512.Create(0.5f);
        var b = Vector512.Create(1e-9f);
        Vector512<float> s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b, s8 = b, s9 = b, s10 = b, s11 = b;
        Vector512<float> t0 = b, t1 = b, t2 = b, t3 = b, t4 = b, t5 = b, t6 = b, t7 = b, t8 = b, t9 = b, t10 = b, t11 = b;
        for (long i = 0; i < rounds; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(a, b, s0);
            s1 = Vector512.FusedMultiplyAdd(a, b, s1);
            s2 = Vector512.FusedMultiplyAdd(a, b, s2);
            s3 = Vector512.FusedMultiplyAdd(a, b, s3);
            s4 = Vector512.FusedMultiplyAdd(a, b, s4);
            s5 = Vector512.FusedMultiplyAdd(a, b, s5);
            s6 = Vector512.FusedMultiplyAdd(a, b, s6);
            s7 = Vector512.FusedMultiplyAdd(a, b, s7);
            s8 = Vector512.FusedMultiplyAdd(a, b, s8);
            s9 = Vector512.FusedMultiplyAdd(a, b, s9);
            s10 = Vector512.FusedMultiplyAdd(a, b, s10);
            s11 = Vector512.FusedMultiplyAdd(a, b, s11);
            t0 = Vector512.FusedMultiplyAdd(a, b, t0);
            t1 = Vector512.FusedMultiplyAdd(a, b, t1);
            t2 = Vector512.FusedMultiplyAdd(a, b, t2);
            t3 = Vector512.FusedMultiplyAdd(a, b, t3);
            t4 = Vector512.FusedMultiplyAdd(a, b, t4);
            t5 = Vector512.FusedMultiplyAdd(a, b, t5);
            t6 = Vector512.FusedMultiplyAdd(a, b, t6);
            t7 = Vector512.FusedMultiplyAdd(a, b, t7);
            t8 = Vector512.FusedMultiplyAdd(a, b, t8);
            t9 = Vector512.FusedMultiplyAdd(a, b, t9);
            t10 = Vector512.FusedMultiplyAdd(a, b, t10);
            t11 = Vector512.FusedMultiplyAdd(a, b, t11);
        }

        return Vector512.Sum(
            s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11 + t0 + t1 + t2 + t3 + t4 + t5 + t6 + t7 + t8 + t9 + t10 + t11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Loop256(long rounds)
    {
        var a = Vector256.Create(0.5f);
        var b = Vector256.Create(1e-9f);
        Vector256<float> s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b, s8 = b, s9 = b, s10 = b, s11 = b;
        for (long i = 0; i < rounds; i++)
        {
            s0 = Vector256.FusedMultiplyAdd(a, b, s0);
            s1 = Vector256.FusedMultiplyAdd(a, b, s1);
            s2 = Vector256.FusedMultiplyAdd(a, b, s2);
            s3 = Vector256.FusedMultiplyAdd(a, b, s3);
            s4 = Vector256.FusedMultiplyAdd(a, b, s4);
            s5 = Vector256.FusedMultiplyAdd(a, b, s5);
            s6 = Vector256.FusedMultiplyAdd(a, b, s6);
            s7 = Vector256.FusedMultiplyAdd(a, b, s7);
            s8 = Vector256.FusedMultiplyAdd(a, b, s8);
            s9 = Vector256.FusedMultiplyAdd(a, b, s9);
            s10 = Vector256.FusedMultiplyAdd(a, b, s10);
            s11 = Vector256.FusedMultiplyAdd(a, b, s11);
        }

        return Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    // Without an instruction set named there may be no fused form: then a product and a sum, two operations all the same.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Loop128(long rounds)
    {
        var a = Vector128.Create(0.5f);
        var b = Vector128.Create(1e-9f);
        Vector128<float> s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b, s8 = b, s9 = b, s10 = b, s11 = b;
        for (long i = 0; i < rounds; i++)
        {
            s0 = Vector128.MultiplyAddEstimate(a, b, s0);
            s1 = Vector128.MultiplyAddEstimate(a, b, s1);
            s2 = Vector128.MultiplyAddEstimate(a, b, s2);
            s3 = Vector128.MultiplyAddEstimate(a, b, s3);
            s4 = Vector128.MultiplyAddEstimate(a, b, s4);
            s5 = Vector128.MultiplyAddEstimate(a, b, s5);
            s6 = Vector128.MultiplyAddEstimate(a, b, s6);
            s7 = Vector128.MultiplyAddEstimate(a, b, s7);
            s8 = Vector128.MultiplyAddEstimate(a, b, s8);
            s9 = Vector128.MultiplyAddEstimate(a, b, s9);
            s10 = Vector128.MultiplyAddEstimate(a, b, s10);
            s11 = Vector128.MultiplyAddEstimate(a, b, s11);
        }

        return Vector128.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }
}
