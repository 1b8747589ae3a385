using DiTFastAttn.Cli.Study;

namespace DiTFastAttn.Cli.Report;

/// <summary>A plot.</summary>
/// <param name="Id">Names it in a link and as a file.</param>
/// <param name="Title">What it shows.</param>
/// <param name="X">Across.</param>
/// <param name="Y">Up.</param>
/// <param name="Series">What is drawn.</param>
/// <param name="Paper">Which figure of the paper it repeats.</param>
internal sealed record ReportFigure(string Id, string Title, FigureRecord.Axis X, FigureRecord.Axis Y, IReadOnlyList<ReportFigure.Line> Series, string? Paper = null)
{
    /// <summary>Marks, joined by lines unless <paramref name="IsScatter"/>; of a front, which only repeats others' marks, the line alone.</summary>
    internal sealed record Line(string Name, IReadOnlyList<Mark> Points, bool IsScatter = false, bool IsFront = false);

    /// <summary>A mark; a value that is missing or not finite is not drawn, and said.</summary>
    internal sealed record Mark(double? X = null, double? Y = null, string? Label = null);
}
