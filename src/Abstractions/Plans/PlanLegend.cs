namespace DiTFastAttn;

/// <summary>Letters for the strategies of a plan, so that a step is one short text.</summary>
internal static class PlanLegend
{
    /// <summary>The built-in strategies' own letters, the same in every plan; F stands out where a step is computed.</summary>
    private static readonly (string Id, char Letter)[] BuiltIn =
        [("full", 'F'), ("wa", 'n'), ("wars", 'w'), ("ast", 't'), ("asc", 'c'), ("wa+asc", 'N'), ("wars+asc", 'W')];

    /// <summary>A letter for each id, in order of appearance.</summary>
    /// <param name="rows">Strategy ids, <c>[step][site]</c>.</param>
    /// <returns><see langword="null"/> where there are more ids than letters.</returns>
    public static IReadOnlyList<(string Id, char Letter)>? Of(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var legend = new List<(string Id, char Letter)>();
        foreach (var id in rows.SelectMany(row => row).Distinct(StringComparer.Ordinal))
        {
            var own = BuiltIn.Where(entry => entry.Id == id).Select(entry => entry.Letter);
            var free = own.Concat(LettersFor(id)).Cast<char?>().FirstOrDefault(letter => !legend.Exists(entry => entry.Letter == letter));
            if (free is null)
            {
                return null;
            }

            legend.Add((id, free.Value));
        }

        return legend;
    }

    // Its own letters first, none that a built-in strategy has.
    private static IEnumerable<char> LettersFor(string id)
        => id.Concat(id.ToUpperInvariant()).Concat("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
            .Where(letter => char.IsAsciiLetterOrDigit(letter) && !BuiltIn.Any(entry => entry.Letter == letter));
}
