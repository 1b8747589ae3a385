using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DiTFastAttn.Cli;

/// <summary>
/// Makes options that say what would be right: option, value and expectation in one line. The first name is the option's
/// own (kebab-case), the further ones are aliases.
/// </summary>
internal static class ValueOption
{
    /// <summary>A whole number.</summary>
    public static Option<int> Integer(string[] names, string description, int fallback, int least, int most = int.MaxValue)
        => Make(names, "N", description, text => ParseInteger(text, least, most), _ => fallback);

    /// <summary>A whole number that may be left out.</summary>
    public static Option<int?> OptionalInteger(string[] names, string description, int least, int most = int.MaxValue)
        => Make<int?>(names, "N", description, text => ParseInteger(text, least, most));

    /// <summary>Whole numbers, separated by commas.</summary>
    public static Option<ValueList<int>> Integers(string[] names, string description, int[]? fallback, int least, int most = int.MaxValue)
        => List(names, "N,N,…", description, part => ParseInteger(part, least, most), number => number.ToString(CultureInfo.InvariantCulture), fallback);

    /// <summary>A finite number.</summary>
    public static Option<double> Number(string[] names, string description, double fallback, double least)
        => Make(
            names,
            "X",
            description,
            text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && value >= least
                ? value
                : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"give a number of at least {least}")),
            _ => fallback);

    /// <summary>One of a few words.</summary>
    public static Option<string> Choice(string[] names, string description, string fallback, params string[] words)
        => Make(names, string.Join('|', words), description, text => CheckWord(text, words), _ => fallback);

    /// <summary>One of a few words, which may be left out.</summary>
    public static Option<string?> OptionalChoice(string[] names, string description, params string[] words)
        => Make<string?>(names, string.Join('|', words), description, text => CheckWord(text, words));

    /// <summary>Some of a few words, separated by commas.</summary>
    public static Option<ValueList<string>> Choices(string[] names, string description, string[] fallback, params string[] words)
        => List(names, "NAME,…", description, part => CheckWord(part, words), word => word, fallback);

    /// <summary>Text of any kind.</summary>
    public static Option<string?> Text(string[] names, string helpName, string description)
        => Make<string?>(names, helpName, description, text => text.Length > 0 ? text : throw new FormatException("give a value that is not empty"));

    /// <summary>Values of one kind, separated by commas.</summary>
    /// <param name="names">The option's name and its aliases.</param>
    /// <param name="helpName">What the help calls the value.</param>
    /// <param name="description">What the help says.</param>
    /// <param name="parse">Reads one value; throws <see cref="FormatException"/> with what would be right.</param>
    /// <param name="write">Writes one value as the user would.</param>
    /// <param name="fallback">The default; <see langword="null"/> for none.</param>
    public static Option<ValueList<T>> List<T>(
        string[] names, string helpName, string description, Func<string, T> parse, Func<T, string> write, IReadOnlyList<T>? fallback)
    {
        return Make(names, helpName, description, ParseAll, fallback is null ? null : _ => new ValueList<T>(fallback, write));

        ValueList<T> ParseAll(string text)
        {
            try
            {
                return new([.. text.Split(',').Select(part => parse(part.Trim()))], write);
            }
            catch (FormatException error)
            {
                throw new FormatException($"{error.Message}, or several with commas between them", error);
            }
        }
    }

    /// <summary>An option with a parser of one's own.</summary>
    /// <param name="names">The option's name and its aliases.</param>
    /// <param name="helpName">What the help calls the value.</param>
    /// <param name="description">What the help says.</param>
    /// <param name="parse">Reads the text; throws <see cref="FormatException"/> with what would be right.</param>
    /// <param name="fallback">The default; <see langword="null"/> for none.</param>
    public static Option<T> Make<T>(
        string[] names, string helpName, string description, Func<string, T> parse, Func<ArgumentResult, T>? fallback = null)
        => new(names[0], names[1..])
        {
            HelpName = helpName,
            Description = description,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result => Parse(result, names[0], parse),
            DefaultValueFactory = fallback,
        };

    private static T? Parse<T>(ArgumentResult result, string name, Func<string, T> parse)
    {
        var text = result.Tokens[0].Value;
        if (text.StartsWith("--", StringComparison.Ordinal))
        {
            result.AddError($"{name}: give a value before '{text}'.");
            return default;
        }

        try
        {
            return parse(text);
        }
        catch (FormatException error)
        {
            result.AddError($"{name} {(text.Length == 0 ? "''" : text)}: {error.Message}.");
            return default;
        }
    }

    private static int ParseInteger(string text, int least, int most)
        => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new FormatException(
                most == int.MaxValue ? $"give a whole number of at least {least}" : $"give a whole number from {least} to {most}");

    private static string CheckWord(string text, string[] words)
        => words.Contains(text, StringComparer.Ordinal) ? text : throw new FormatException($"give one of {string.Join(", ", words)}");
}
