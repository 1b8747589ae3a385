using Spectre.Console;

namespace DiTFastAttn.Cli;

/// <summary>Where a verb writes: results for people to stdout, progress and log to stderr.</summary>
internal sealed class Terminal
{
    private Terminal(IAnsiConsole output, TextWriter log, bool isInteractive, bool colours)
    {
        Out = output;
        Log = log;
        IsInteractive = isInteractive;
        Screen = isInteractive ? Make(log, colours, isWindow: true) : null;
    }

    /// <summary>Results for people: text and tables, coloured where stdout is a terminal.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>Progress and log.</summary>
    public TextWriter Log { get; }

    /// <summary>The log as a screen that can be drawn over, or <see langword="null"/> where nobody watches.</summary>
    public IAnsiConsole? Screen { get; }

    /// <summary>Whether a person watches: colours and moving bars make sense.</summary>
    public bool IsInteractive { get; }

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess()
    {
        var colours = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
        var isInteractive = !Console.IsOutputRedirected && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new Terminal(Make(Console.Out, colours), Console.Error, isInteractive, colours);
    }

    /// <summary>Two writers without colours or moving bars.</summary>
    /// <param name="output">Stands for stdout.</param>
    /// <param name="log">Stands for stderr.</param>
    /// <param name="isInteractive">Whether the log is to be written as if a person watched: with moving bars, without colours.</param>
    public static Terminal Of(TextWriter output, TextWriter log, bool isInteractive = false) => new(Make(output, colours: false), log, isInteractive, colours: false);

    /// <summary>Writes a line of plain text to stdout.</summary>
    public void Line(string text = "")
    {
        // Not through Spectre: it would break a long line at the terminal's width.
        Out.Profile.Out.Writer.WriteLine(text);
    }

    /// <summary>Writes a table without a frame's clutter, the same in a terminal and in a file.</summary>
    public void Write(Table table) => Out.Write(table);

    private static IAnsiConsole Make(TextWriter writer, bool colours, bool isWindow = false)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = colours ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (!colours && !isWindow)
        {
            // Nobody's window: a table's line is as long as it has to be.
            console.Profile.Width = 500;
        }

        return console;
    }
}
