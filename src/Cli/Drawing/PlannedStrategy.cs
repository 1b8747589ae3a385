namespace DiTFastAttn.Cli.Drawing;

/// <summary>A strategy as a plan's drawing shows it.</summary>
/// <param name="Id">For example <c>wars+asc</c>.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Letter">Its letter where there are no colours.</param>
/// <param name="Share">Its part of the plan's cells, 0 to 1.</param>
internal sealed record PlannedStrategy(string Id, Rgb Colour, char Letter, double Share);
