using System.Collections.Concurrent;
using System.Diagnostics;

namespace DiTFastAttn.Hosting.Composition;

/// <summary>
/// Where the time of attention goes: what <see cref="CompositionExtensions.UseTiming"/> measures, over all runs, threads and models. Time
/// on the clock of the calling thread: on a device that computes on its own, that is the time to give it the work, unless it is waited for.
/// </summary>
public sealed class AttentionTimings
{
    private readonly ConcurrentDictionary<(string Site, string Strategy), Total> _totals = new();

    /// <summary>What was measured so far, by site and strategy in ordinal order.</summary>
    public IReadOnlyList<AttentionTiming> Rows
        => [.. _totals
            .Select(entry => entry.Value.Read(entry.Key.Site, entry.Key.Strategy))
            .OrderBy(row => row.Site, StringComparer.Ordinal)
            .ThenBy(row => row.Strategy, StringComparer.Ordinal)];

    /// <summary>Begins anew, for example after a warm-up.</summary>
    public void Clear() => _totals.Clear();

    internal void Add(string site, string strategy, long ticks)
        => _totals.GetOrAdd((site, strategy), static _ => new Total()).Add(ticks);

    private sealed class Total
    {
        private long _calls;
        private long _ticks;
        private long _slowest;

        public void Add(long ticks)
        {
            Interlocked.Increment(ref _calls);
            Interlocked.Add(ref _ticks, ticks);
            for (var slowest = Volatile.Read(ref _slowest); ticks > slowest;)
            {
                var seen = Interlocked.CompareExchange(ref _slowest, ticks, slowest);
                if (seen == slowest)
                {
                    return;
                }

                slowest = seen;
            }
        }

        public AttentionTiming Read(string site, string strategy)
            => new(site, strategy, Interlocked.Read(ref _calls), Seconds(Interlocked.Read(ref _ticks)), Seconds(Interlocked.Read(ref _slowest)));

        private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;
    }
}
