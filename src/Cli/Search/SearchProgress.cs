using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Hosting.Search;
using Spectre.Console;

namespace DiTFastAttn.Cli.Search;

/// <summary>
/// A search's progress on stderr: where a person watches, the plan as far as it is known above a bar with the time left, drawn over and over at one place; else
/// a line every few seconds with the letters of the last step.
/// </summary>
internal sealed class SearchProgress : IPlanProgress, IDisposable
{
    private const int Parts = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Terminal _terminal;
    private readonly ProgressBar _bar;
    private AttentionPlan? _plan;
    private long? _drawn;
    private int _lines;

    /// <summary>Begins with nothing shown yet.</summary>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="what">What is being done, for example <c>plan search</c>.</param>
    public SearchProgress(Terminal terminal, string what)
    {
        _terminal = terminal;
        _bar = new ProgressBar(terminal, what, Parts, "parts of a thousand");
    }

    /// <inheritdoc/>
    public void Show(AttentionPlan plan) => _plan = plan;

    /// <inheritdoc/>
    public void Report(double value)
    {
        if (_plan is { } plan && _terminal.Screen is { } screen && (_drawn is not { } drawn || Stopwatch.GetElapsedTime(drawn) >= Interval))
        {
            _drawn = Stopwatch.GetTimestamp();
            Draw(screen, plan);
        }

        _bar.Report((long)(value * Parts), _plan is null || _terminal.IsInteractive ? "" : string.Create(
            CultureInfo.InvariantCulture, $"{_plan.Origin.Method}, step {_plan.Steps - 1}: {PlanText.Letters(_plan, _plan.Steps - 1)}"));
    }

    /// <summary>Takes everything off the screen, so that something else can be written.</summary>
    public void Dispose()
    {
        _bar.Dispose();
        if (_lines > 0)
        {
            // Up, and everything from there on away.
            _terminal.Log.Write($"\r{Escape(_lines, 'A')}{Escape(0, 'J')}");
            _lines = 0;
        }
    }

    /// <summary>Draws over the last picture and leaves the cursor at the beginning of the bar's line.</summary>
    private void Draw(IAnsiConsole screen, AttentionPlan plan)
    {
        // Ruler, legend, bar, and the line below it.
        const int Others = 4;
        const int LeastSteps = 10;
        var sites = screen.Profile.Height - Others;
        var steps = screen.Profile.Width - PlanText.Left(plan) - 3;
        if (sites < 1 || steps < LeastSteps)
        {
            return;
        }

        _bar.Clear();
        if (_lines > 0)
        {
            _terminal.Log.Write(Escape(_lines, 'A'));
        }

        var lines = PlanText.Lines(plan, sites, steps).ToList();
        foreach (var line in lines)
        {
            // To the end of the line away: the last picture's may have been longer.
            _terminal.Log.Write(Escape(0, 'K'));
            screen.MarkupLine(line);
        }

        _lines = lines.Count;
    }

    private static string Escape(int count, char command) => string.Create(CultureInfo.InvariantCulture, $"\e[{count}{command}");
}
