using System.CommandLine;

namespace DiTFastAttn.Cli.Search;

/// <summary>The option that says which kinds of sites take part in a search.</summary>
internal static class SearchedSites
{
    private const string FeedForward = "feedforward";

    private static readonly (string Word, SiteKind[] Kinds)[] Words =
    [
        ("attention", [.. SiteKinds.Paper]),
        ("self", [SiteKind.SelfAttention, SiteKind.JointAttention]),
        ("spatial", [SiteKind.Spatial]),
        ("temporal", [SiteKind.Temporal]),
        ("cross", [SiteKind.CrossAttention]),
        (FeedForward, [SiteKind.SubLayer]),
    ];

    /// <summary><c>--sites</c></summary>
    public static readonly Option<ValueList<string>> Option = ValueOption.Choices(
        ["--sites"], "Kinds of sites that are searched; the others stay full. 'attention' is the paper's; 'feedforward' reuses whole feed-forwards.", ["attention"], [.. Words.Select(entry => entry.Word)]);

    /// <summary>Whether a call asks for sub-layers that are no attention: the model has to be attached with them.</summary>
    public static bool WithSubLayers(VerbCall call) => call.Get(Option)!.Values.Contains(FeedForward, StringComparer.Ordinal);

    /// <summary>The kinds that a call asks for.</summary>
    /// <param name="call">The verb's call.</param>
    /// <param name="attached">The model.</param>
    /// <exception cref="UserErrorException">One was given of which the model has no site.</exception>
    public static IReadOnlyCollection<SiteKind> Of(VerbCall call, AttachedModel attached)
    {
        var words = call.Get(Option)!.Values;
        var present = Words.Where(entry => attached.Sites.Any(site => entry.Kinds.Contains(site.Kind))).Select(entry => entry.Word).ToArray();
        if (call.IsGiven(Option) && words.FirstOrDefault(word => !present.Contains(word, StringComparer.Ordinal)) is { } missing)
        {
            throw new UserErrorException($"--sites {missing}: the model has no such sites; it has {string.Join(", ", present)}.");
        }

        return [.. Words.Where(entry => words.Contains(entry.Word)).SelectMany(entry => entry.Kinds).Distinct()];
    }
}
