using System.Text.RegularExpressions;

namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>Breaks source the way people and tools do: half-typed, cut off, pasted into the wrong place. The same for the same seed.</summary>
/// <param name="corpus">Sources to begin from.</param>
/// <param name="seed">Of the random choices.</param>
internal sealed partial class SourceMutations(IReadOnlyList<string> corpus, int seed)
{
    private static readonly string[] Strays =
    [
        "{", "}", "(", ")", "[", "]", "<", ">", ";", ",", ".", "=>", "=", "?", "!", "*", "&", "::", "\"", "'", "/*", "//", "#if X", "#nullable disable\n", "\\u0041",
        "static", "ref", "file", "record", "interface", "struct", "enum", "extern", "async", "params", "partial", "abstract", "sealed", "override", "readonly", "unsafe",
        "required", "scoped", "this", "base", "new", "null", "default", "nameof", "typeof", "global::", "using", "namespace", "delegate", "event", "operator", "extension",
        "int", "void", "dynamic", "string", "Tensor", "AttentionInput", "AttentionSite", "AttentionProcessor", "WrapAttention", "PerSample", "where T : struct", "<T>", "<T, T>",
        "[AttentionSite]", "[AttentionProcessor(null)]", "[assembly: WrapAttention(null)]", "\"\\ud800\"", "\u200d\u0301x", "ﬀ", "注意", "\u0000", "\uffff", "0x", "1e999", "$\"{", "\"\"\"",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next broken source.</summary>
    public string Next()
    {
        var source = Pick(corpus);
        for (var changes = _random.Next(1, 5); changes > 0; changes--)
        {
            source = Change(source);
        }

        return source;
    }

    private string Change(string source)
    {
        var words = Words().Matches(source);
        if (words.Count == 0)
        {
            return Pick(corpus);
        }

        var (one, other) = (Pick(words), Pick(words));
        return _random.Next(10) switch
        {
            0 => source[..one.Index],
            1 => source[one.Index..],
            2 => source.Remove(one.Index, one.Length),
            3 => source.Insert(one.Index, " " + Pick(Strays) + " "),
            4 => source.Remove(one.Index, one.Length).Insert(one.Index, Pick(Strays)),
            5 => source.Insert(one.Index, " " + other.Value + " "),
            6 => source.Remove(one.Index, one.Length).Insert(one.Index, other.Value),
            7 when one.Index < other.Index => source.Remove(one.Index, other.Index - one.Index),
            7 => source.Insert(one.Index, source[other.Index..one.Index]),
            8 => source.Remove(one.Index, one.Length).Insert(one.Index, char.IsUpper(one.Value[0]) ? one.Value.ToLowerInvariant() : one.Value.ToUpperInvariant()),
            _ => source[..one.Index] + Pick(corpus)[_random.Next(corpus.Min(text => text.Length))..],
        };
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    [GeneratedRegex(@"\w+|[^\w\s]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();
}
