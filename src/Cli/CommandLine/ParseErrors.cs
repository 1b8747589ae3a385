using System.CommandLine;
using System.CommandLine.Parsing;

namespace DiTFastAttn.Cli;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class ParseErrors
{
    /// <summary>The line for the first error, or <see langword="null"/> where there is none.</summary>
    /// <param name="result">What was parsed.</param>
    public static string? Describe(ParseResult result)
    {
        var command = result.CommandResult.Command;
        var unknown = result.UnmatchedTokens.Concat(MisspeltOptions(result)).FirstOrDefault();
        if (unknown is not null)
        {
            return DescribeUnknown(unknown, command, mayBeOption: !AfterDoubleDash(result));
        }

        if (result.Errors.Count == 0)
        {
            return null;
        }

        var error = result.Errors[0];
        return error.SymbolResult switch
        {
            OptionResult { Tokens.Count: 0 } missing => $"{missing.Option.Name}: give a value ({missing.Option.HelpName}).",
            OptionResult { IdentifierTokenCount: > 1, Option: { Arity.MaximumNumberOfValues: 1 } option } => $"{option.Name} is given more than once; give it once.",
            ArgumentResult { Tokens.Count: 0, Argument: var argument } => $"{Name(command)}: give {argument.HelpName ?? argument.Name}.",
            CommandResult when command.Subcommands.Count > 0 => $"{Name(command)}: give one of {Words(command)}; 'ditfast {Tail(command)}--help' says what each does.",
            _ => error.Message,
        };
    }

    /// <summary>Words that look like options and that an argument with many values would take for its own.</summary>
    private static IEnumerable<string> MisspeltOptions(ParseResult result)
        => AfterDoubleDash(result)
            ? []
            : result.CommandResult.Children.OfType<ArgumentResult>()
                .SelectMany(argument => argument.Tokens)
                .Select(token => token.Value)
                .Where(value => value.Length > 1 && value[0] == '-');

    /// <summary>Whether the line has a <c>--</c>, behind which a word is an argument whatever it looks like.</summary>
    private static bool AfterDoubleDash(ParseResult result) => result.Tokens.Any(token => token.Type == TokenType.DoubleDash);

    private static string DescribeUnknown(string token, Command command, bool mayBeOption)
    {
        if (mayBeOption && token.StartsWith('-'))
        {
            var options = Parents(command).SelectMany(c => c.Options).Where(o => !o.Hidden).SelectMany(o => o.Aliases.Prepend(o.Name));
            return $"unknown option '{token}' of {Name(command)}{Suggest(token, options)}";
        }

        return command.Subcommands.Count > 0
            ? $"unknown {(command is RootCommand ? "verb" : $"word after {Name(command)}")} '{token}'{Suggest(token, command.Subcommands.Select(c => c.Name))} Known: {Words(command)}."
            : $"{Name(command)}: unexpected argument '{token}'; 'ditfast {Tail(command)}--help' says what it takes.";
    }

    private static string Suggest(string token, IEnumerable<string> known)
    {
        var nearest = known.MinBy(word => Distance(token, word));
        return nearest is not null && Distance(token, nearest) <= Math.Max(2, token.Length / 3) ? $": did you mean '{nearest}'?" : ".";
    }

    private static string Words(Command command) => string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name));

    private static string Name(Command command) => command is RootCommand ? "the program" : $"'{Tail(command).TrimEnd()}'";

    private static string Tail(Command command)
        => string.Concat(Parents(command).Reverse().Where(c => c is not RootCommand).Select(c => c.Name + " "));

    private static IEnumerable<Command> Parents(Command command)
    {
        for (var c = command; c is not null; c = c.Parents.OfType<Command>().FirstOrDefault())
        {
            yield return c;
        }
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
