namespace DiTFastAttn.Cli.Drawing;

/// <summary>
/// One colour a strategy, told apart by people with any colour vision: Okabe and Ito's set, and a light grey for
/// <c>ast</c>, which computes nothing.
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

    private static readonly Rgb[] Others = [Rgb.Parse("e69f00"), Rgb.Parse("d55e00"), Rgb.Parse("000000"), Rgb.Parse("8c6d31")];

    /// <summary>The strategies of a plan with their colours, letters and shares, the known ones first.</summary>
    /// <param name="plan">The plan.</param>
    public static IReadOnlyList<PlannedStrategy> Of(AttentionPlan plan)
    {
        var cells = plan.Rows.SelectMany(row => row).ToList();
        var known = Known.Where(entry => cells.Contains(entry.Id));
        var others = cells.Distinct().Except(Known.Select(entry => entry.Id)).Order(StringComparer.Ordinal)
            .Select((id, index) => (Id: id, Colour: Others[index % Others.Length], Letter: (char)('0' + (index % 10))));
        return [.. known.Concat(others).Select(entry => new PlannedStrategy(
            entry.Id, entry.Colour, entry.Letter, (double)cells.Count(id => id == entry.Id) / cells.Count))];
    }
}
