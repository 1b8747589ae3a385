using System.Diagnostics;
using System.Globalization;

namespace DiTFastAttn.Models.Tests;

/// <summary>
/// Feeds damaged inputs to a reader. It may accept or refuse each, with an exception of its own kind; it may not take long,
/// take much memory, or fail in another way. <c>DITFAST_FUZZ=100000</c> is the number of inputs; without it a few are tried.
/// </summary>
internal static class Fuzz
{
    private const int FewInputs = 2000;
    private const long AllowedBytes = 64L << 20;
    private const int AllowedBytesPerByte = 16;
    private static readonly TimeSpan AllowedTime = TimeSpan.FromSeconds(10);

    /// <summary>Tries damaged inputs.</summary>
    /// <typeparam name="TRefusal">What the reader throws for bad input.</typeparam>
    /// <param name="corpus">Sound inputs, and such as were hard once.</param>
    /// <param name="read">Reads an input.</param>
    /// <param name="share">Whole numbers above 1 for one of several tests that share the inputs.</param>
    public static void Run<TRefusal>(IReadOnlyList<byte[]> corpus, Action<byte[]> read, int share = 1)
        where TRefusal : Exception
    {
        const int Seed = 20240612;
        var mutations = new Mutations(corpus, Seed);
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < Count / share; i++)
        {
            var input = mutations.Next();
            if (Try<TRefusal>(input, read, i))
            {
                accepted++;
            }
            else
            {
                refused++;
            }
        }

        // Neither all nor none: else the damage is too little to test anything, or nothing gets past the first check.
        refused.ShouldBeGreaterThan(0);
        accepted.ShouldBeGreaterThan(0);
    }

    private static int Count => int.TryParse(Environment.GetEnvironmentVariable("DITFAST_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        ? count
        : FewInputs;

    private static bool Try<TRefusal>(byte[] input, Action<byte[]> read, int number)
        where TRefusal : Exception
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        var isAccepted = true;
        try
        {
            read(input);
        }
        catch (TRefusal refusal)
        {
            isAccepted = false;
            refusal.Message.ShouldNotContain('\n', $"input {number}");
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"input {number}, {Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, 2000)))}: {error.Message}", error);
        }

        clock.Elapsed.ShouldBeLessThan(AllowedTime, $"input {number}");
        (GC.GetAllocatedBytesForCurrentThread() - allocated).ShouldBeLessThan(AllowedBytes + (AllowedBytesPerByte * input.Length), $"input {number}");
        return isAccepted;
    }
}
