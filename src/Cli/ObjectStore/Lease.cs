using System.Diagnostics;
using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace DiTFastAttn.Cli.ObjectStore;

/// <summary>
/// A name of a store that one process holds: an object that it writes anew a few times within a span. Whoever sees it unchanged for the whole span takes it: the
/// process has died. Both go by their own clocks, which need not agree.
/// </summary>
internal sealed class Lease : IDisposable
{
    /// <summary>How long a name stays held without a sign of life, in seconds; for tests, and for networks that pause longer.</summary>
    public const string SpanVariable = "DITFAST_LEASE_SECONDS";

    private const double Seconds = 20;
    private const int Signs = 8;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly S3Store _store;
    private readonly string _name;
    private readonly string _owner;
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private string? _tag;
    private int _signs;

    private Lease(S3Store store, string name, string owner, string tag)
    {
        (_store, _name, _owner, _tag) = (store, name, owner, tag);
        _timer = new Timer(_ => ShowLife());
        _timer.Change(Span / Signs, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether another has taken it, since for a whole span no sign of life came through.</summary>
    public bool IsLost { get; private set; }

    private static TimeSpan Span
        => TimeSpan.FromSeconds(double.TryParse(Environment.GetEnvironmentVariable(SpanVariable), CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? seconds : Seconds);

    /// <summary>Takes a name, or sees that another is alive that has it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The name.</param>
    /// <param name="cancellation">Ends waiting.</param>
    /// <returns>The lease, or <see langword="null"/> where another has it.</returns>
    public static Lease? TryTake(S3Store store, string name, CancellationToken cancellation)
    {
        var owner = Invariant($"{Environment.MachineName} {Environment.ProcessId} {Guid.NewGuid():N}");
        while (true)
        {
            if (store.TryPut(name, Text(owner, 0), tag: null) is { } tag)
            {
                return new Lease(store, name, owner, tag);
            }

            if (store.Get(name) is not { } held)
            {
                continue; // let go in between
            }

            var span = SpanOf(held.Bytes);
            var watch = Stopwatch.StartNew();
            var seen = held.Tag;
            while (watch.Elapsed < span)
            {
                cancellation.WaitHandle.WaitOne(Look);
                cancellation.ThrowIfCancellationRequested();
                if (store.Get(name) is not { } now)
                {
                    break;
                }

                if (now.Tag != seen)
                {
                    return null;
                }
            }

            if (watch.Elapsed >= span && store.TryPut(name, Text(owner, 0), seen) is { } taken)
            {
                return new Lease(store, name, owner, taken);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            if (_tag is null || IsLost)
            {
                return;
            }

            _tag = null;
            try
            {
                _store.Delete(_name);
            }
            catch (ObjectStoreException)
            {
                // It runs out by itself.
            }
        }
    }

    private void ShowLife()
    {
        lock (_gate)
        {
            if (_tag is null || IsLost)
            {
                return;
            }

            try
            {
                if (_store.TryPut(_name, Text(_owner, ++_signs), _tag) is { } tag)
                {
                    _tag = tag;
                }
                else
                {
                    IsLost = !IsOwn();
                }
            }
            catch (ObjectStoreException)
            {
                // The next sign may come through.
            }

            _timer.Change(Span / Signs, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A sign that came through, and whose answer did not, looks like another's.</summary>
    private bool IsOwn()
    {
        if (_store.Get(_name) is not { } there || !Encoding.UTF8.GetString(there.Bytes).StartsWith(_owner, StringComparison.Ordinal))
        {
            return false;
        }

        _tag = there.Tag;
        return true;
    }

    private static byte[] Text(string owner, int sign) => Encoding.UTF8.GetBytes(Invariant($"{owner} {sign} {Span.TotalSeconds}\n"));

    private static TimeSpan SpanOf(byte[] text)
        => double.TryParse(Encoding.UTF8.GetString(text).Trim().Split(' ')[^1], CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : Span;
}
