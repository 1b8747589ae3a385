namespace DiTFastAttn.Cli.Drawing;

/// <summary>
/// One colour a strategy, told apart by people with any colour vision: Okabe and Ito's set, and a light grey for
/// <c>ast</c>, which computes nothing. A strategy of somebody's own has a colour by its id, the same in every picture.
/// </summary>
internal static class StrategyPalette
{
    private static readonly (string Id, Rgb Colour, char Letter)[] Known =
    [
        ("full", Rgb.Parse("0072b2"), 'F'),
        ("wars", Rgb.Parse("56b4e9"), 'w'),
        ("asc", Rgb.Parse("009e73"), 'c'),
        ("wars+asc", Rgb.Parse("f0e442"), 'x'),
        ("ast", Rgb.Parse("d9d9d9"), 't'),
        ("wa", Rgb.Parse("cc79a7"), 'a'),
    ];

    /// <summary>The strategies of a plan with their colours, letters and shares, the known ones first.</summary>
    /// <param name="plan">The plan.</param>
    public static IReadOnlyList<PlannedStrategy> Of(AttentionPlan plan)
    {
        var cells = plan.Rows.SelectMany(row => row).ToList();
        var known = Known.Where(entry => cells.Contains(entry.Id));
        var others = cells.Distinct().Except(Known.Select(entry => entry.Id)).Order(StringComparer.Ordinal)
            .Select((id, index) => (Id: id, Colour: ColourOf(id), Letter: (char)('0' + (index % 10))));
        return [.. known.Concat(others).Select(entry => new PlannedStrategy(
            entry.Id, entry.Colour, entry.Letter, (double)cells.Count(id => id == entry.Id) / cells.Count))];
    }

    /// <summary>The colour of a strategy that is not built in.</summary>
    /// <param name="id">For example <c>delta+asc</c>.</param>
    private static Rgb ColourOf(string id)
    {
        // FNV-1a: string.GetHashCode differs from start to start.
        var hash = id.Aggregate(2166136261u, (sum, letter) => (sum ^ letter) * 16777619u);
        hash ^= hash >> 15;

        // Reds, oranges and browns, where none of the known ones is, at one of three lightnesses.
        var hue = (340 + (hash % 85)) % 360;
        var lightness = 0.28 + (0.16 * (hash / 85 % 3));
        return Rgb.OfHue(hue, 0.75, lightness);
    }
}
