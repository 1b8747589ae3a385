using System.Diagnostics;

namespace DiTFastAttn.Benchmarks;

/// <summary>Times of things that are measured in turns, so that a drifting clock meets all alike.</summary>
public static class Stopwatches
{
    /// <summary>Runs each action once unmeasured, then all in turns.</summary>
    /// <param name="actions">What to measure.</param>
    /// <param name="minimumRounds">Times that each is measured at least.</param>
    /// <param name="minimumSeconds">Seconds that all together are measured at least.</param>
    /// <param name="cancellationToken">Heeded between two computations.</param>
    /// <returns>Seconds of each run of each action, shortest first.</returns>
    public static IReadOnlyList<double[]> TakeTurns(
        IReadOnlyList<Action> actions, int minimumRounds, double minimumSeconds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actions);
        foreach (var action in actions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            action();
        }

        List<double>[] seconds = [.. actions.Select(_ => new List<double>())];
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < minimumRounds || clock.Elapsed.TotalSeconds < minimumSeconds; round++)
        {
            for (var i = 0; i < actions.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var start = Stopwatch.GetTimestamp();
                actions[i]();
                seconds[i].Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return [.. seconds.Select(times => times.Order().ToArray())];
    }

    /// <summary>The median of times in order.</summary>
    /// <param name="sorted">At least one.</param>
    public static double MedianOf(double[] sorted)
    {
        ArgumentNullException.ThrowIfNull(sorted);
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
