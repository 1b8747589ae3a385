using System.Diagnostics;
using System.Globalization;

namespace DiTFastAttn.Cli;

/// <summary>
/// Progress of long work on stderr: a bar with rate and time left where a person watches, else a line every few seconds.
/// </summary>
internal sealed class ProgressBar : IDisposable
{
    private static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    private readonly Terminal _terminal;
    private readonly string _what;
    private readonly string _unit;
    private readonly long _total;
    private readonly long _first;
    private readonly long _start = Stopwatch.GetTimestamp();
    private long? _shown;
    private int _width;

    /// <summary>Begins with nothing shown yet.</summary>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="what">What is being done, for example <c>search</c>.</param>
    /// <param name="total">How much there is to do.</param>
    /// <param name="unit">What is counted, in the plural: <c>steps</c>.</param>
    /// <param name="done">How much an earlier run did already.</param>
    public ProgressBar(Terminal terminal, string what, long total, string unit, long done = 0)
    {
        _terminal = terminal;
        _what = what;
        _total = total;
        _unit = unit;
        _first = done;
    }

    /// <summary>Says how far the work is.</summary>
    /// <param name="done">Done so far, of the total.</param>
    /// <param name="detail">A few words more, for example the loss.</param>
    public void Report(long done, string detail = "")
    {
        if (_shown is { } shown && Stopwatch.GetElapsedTime(shown) < (_terminal.IsInteractive ? BarInterval : LineInterval))
        {
            return;
        }

        _shown = Stopwatch.GetTimestamp();
        var text = Describe(done, Stopwatch.GetElapsedTime(_start), detail);
        if (_terminal.IsInteractive)
        {
            _terminal.Log.Write("\r" + text.PadRight(_width));
            _width = text.Length;
        }
        else
        {
            _terminal.Log.WriteLine(text);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <summary>Takes the bar off the screen, so that something else can be written.</summary>
    public void Clear()
    {
        if (_width > 0)
        {
            _terminal.Log.Write("\r" + new string(' ', _width) + "\r");
            _width = 0;
        }
    }

    private string Describe(long done, TimeSpan elapsed, string detail)
    {
        var bar = "";
        if (_terminal.IsInteractive)
        {
            const int cells = 24;
            var filled = (int)(cells * Math.Clamp((double)done / Math.Max(1, _total), 0, 1));
            bar = $" [{new string('#', filled)}{new string('.', cells - filled)}]";
        }

        var parts = new List<string> { string.Create(CultureInfo.InvariantCulture, $"{_what}{bar} {done}/{_total} {_unit}") };
        if (done > _first)
        {
            var rate = (done - _first) / Math.Max(1e-3, elapsed.TotalSeconds);
            parts.Add(Rate(rate));
            parts.Add(Clock(TimeSpan.FromSeconds((_total - done) / rate)) + " left");
        }

        if (detail.Length > 0)
        {
            parts.Add(detail);
        }

        return string.Join(", ", parts);
    }

    private static string Rate(double rate)
        => rate >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{rate:0.0}/s") : string.Create(CultureInfo.InvariantCulture, $"{1 / rate:0.0} s each");

    private static string Clock(TimeSpan time)
        => time.ToString(time.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
}
