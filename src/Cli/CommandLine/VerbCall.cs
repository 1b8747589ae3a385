using System.CommandLine;

namespace DiTFastAttn.Cli;

/// <summary>One call of a verb: what the user typed, where to write, and whether the user has had enough.</summary>
internal sealed class VerbCall
{
    private readonly ParseResult _values;

    public VerbCall(ParseResult values, Terminal terminal, CancellationToken cancellation)
    {
        _values = values;
        Terminal = terminal;
        Cancellation = cancellation;
    }

    public Terminal Terminal { get; }

    /// <summary>Cancelled by Ctrl-C. Long work looks at it at least once a second where it can.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The words after the program's name.</summary>
    public IEnumerable<string> Words => _values.Tokens.Select(token => token.Value);

    /// <summary>The command line that makes the same call again in a shell.</summary>
    public string CommandLine => "./ditfast " + string.Join(' ', Words.Select(Quote));

    /// <summary>An option's value, or its default.</summary>
    public T? Get<T>(Option<T> option) => _values.GetValue(option);

    /// <summary>An argument's value.</summary>
    public T? Get<T>(Argument<T> argument) => _values.GetValue(argument);

    /// <summary>Whether the user gave the option, as opposed to its default.</summary>
    public bool IsGiven(Option option) => _values.GetResult(option) is { Implicit: false };

    /// <summary>The call as if some words more had been typed.</summary>
    /// <param name="words">The words.</param>
    /// <param name="source">Where they are from, for the message.</param>
    /// <exception cref="UserErrorException">One of them is wrong.</exception>
    public VerbCall With(IReadOnlyList<string> words, string source)
    {
        var values = _values.RootCommandResult.Command.Parse([.. _values.Tokens.Select(token => token.Value), .. words], _values.Configuration);
        return ParseErrors.Describe(values) is { } line ? throw new UserErrorException($"{source}: {line}") : new VerbCall(values, Terminal, Cancellation);
    }

    /// <summary>Writes the verb's result where <c>--json</c> says, if it does.</summary>
    /// <param name="result">A record; its properties become snake_case fields.</param>
    public void WriteJson<T>(T result)
    {
        if (Get(CommonOptions.Json) is { } path)
        {
            JsonResult.Write(path, result);
        }
    }

    private static string Quote(string word)
        => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:,=+".Contains(c, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
