namespace DiTFastAttn.Cli.Study;

/// <summary>A figure: curves over one axis.</summary>
/// <param name="Id">Names its files.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Paper">Which figure of the paper it is a miniature of; <see langword="null"/> for none.</param>
/// <param name="X">The axis across.</param>
/// <param name="Y">The axis upwards.</param>
/// <param name="Series">The curves.</param>
internal sealed record FigureRecord(string Id, string Title, string? Paper, FigureRecord.Axis X, FigureRecord.Axis Y, IReadOnlyList<FigureRecord.Curve> Series)
{
    /// <summary>An axis.</summary>
    /// <param name="Label">What is measured.</param>
    /// <param name="Unit">In what; <see langword="null"/> for a plain number.</param>
    internal sealed record Axis(string Label, string? Unit);

    /// <summary>A curve.</summary>
    internal sealed record Curve(string Name, IReadOnlyList<Point> Points);

    /// <summary>A point of a curve.</summary>
    internal sealed record Point(double X, double Y, string? Label = null);
}
