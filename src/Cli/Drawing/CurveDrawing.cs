using System.Globalization;

namespace DiTFastAttn.Cli.Drawing;

/// <summary>Draws curves over one axis: a mark for every point, labels where points have them, a legend above.</summary>
internal static class CurveDrawing
{
    private const double Left = 72;
    private const double PlotWidth = 560;
    private const double PlotHeight = 300;
    private const double Width = Left + PlotWidth + 36;
    private const double LabelSize = 12;
    private const double LegendTop = 34;
    private const double LegendRow = 20;
    private const double Mark = 7;
    private const int MostLabels = 16;

    // Okabe and Ito's, for any colour vision.
    private static readonly Rgb[] Colours = [.. new[] { "0072b2", "e69f00", "009e73", "cc79a7", "56b4e9", "d55e00", "999999", "b8a000" }.Select(Rgb.Parse)];

    /// <summary>The drawing as SVG.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="x">What is measured across.</param>
    /// <param name="y">What is measured upwards.</param>
    /// <param name="curves">The curves; points that are no finite numbers are left out.</param>
    public static string Svg(string title, string x, string y, IReadOnlyList<Curve> curves)
    {
        var finite = curves.Select(curve => curve with { Points = [.. curve.Points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))] }).ToList();
        var legend = Legend(finite);
        var top = LegendTop + ((legend[^1].Row + 1) * LegendRow) + 12;
        var canvas = new SvgCanvas(Width, top + PlotHeight + 58);
        canvas.Text(title, Left, 20, 14, Rgb.Ink);
        foreach (var (curve, row, at) in legend)
        {
            var colour = Colours[curve % Colours.Length];
            canvas.Fill(at, LegendTop + (row * LegendRow), Mark, Mark, colour);
            canvas.Text(finite[curve].Name, at + Mark + 6, LegendTop + (row * LegendRow) + 8, LabelSize, Rgb.Ink);
        }

        var points = finite.SelectMany(curve => curve.Points).ToList();
        var (across, upwards) = (Scale(points.Select(point => point.X)), Scale(points.Select(point => point.Y)));
        foreach (var tick in upwards)
        {
            canvas.Fill(Left, Y(tick), PlotWidth, 1, Rgb.Parse("e5e5e5"));
            canvas.Text(Number(tick, upwards), Left - 8, Y(tick) + 4, LabelSize, Rgb.PaleInk, TextAnchor.End);
        }

        foreach (var tick in across)
        {
            canvas.Fill(X(tick), top, 1, PlotHeight, Rgb.Parse("e5e5e5"));
            canvas.Text(Number(tick, across), X(tick), top + PlotHeight + 18, LabelSize, Rgb.PaleInk, TextAnchor.Middle);
        }

        canvas.Text(x, Left + (PlotWidth / 2), top + PlotHeight + 42, LabelSize, Rgb.Ink, TextAnchor.Middle);
        canvas.Text(y, 16, top + (PlotHeight / 2), LabelSize, Rgb.Ink, TextAnchor.Middle, upwards: true);
        var hasLabels = points.Count(point => point.Label is not null) <= MostLabels;
        foreach (var (index, curve) in finite.Index())
        {
            var colour = Colours[index % Colours.Length];
            foreach (var (from, to) in curve.IsLine ? curve.Points.Zip(curve.Points.Skip(1)) : [])
            {
                canvas.Line(X(from.X), Y(from.Y), X(to.X), Y(to.Y), 1.75, colour);
            }

            foreach (var point in curve.Points)
            {
                canvas.Fill(X(point.X) - (Mark / 2), Y(point.Y) - (Mark / 2), Mark, Mark, colour);
                if (hasLabels && point.Label is { } label)
                {
                    canvas.Text(label, X(point.X) + 6, Y(point.Y) - 6, LabelSize - 1, Rgb.PaleInk);
                }
            }
        }

        return canvas.ToString();

        double X(double value) => Left + (PlotWidth * (value - across[0]) / (across[^1] - across[0]));

        double Y(double value) => top + (PlotHeight * (upwards[^1] - value) / (upwards[^1] - upwards[0]));
    }

    private static List<(int Curve, int Row, double At)> Legend(List<Curve> curves)
    {
        var places = new List<(int Curve, int Row, double At)>();
        var (row, at) = (0, Left);
        foreach (var (index, curve) in curves.Index())
        {
            var width = Mark + 6 + StrokeFont.Width(curve.Name, LabelSize) + 20;
            if (at + width > Width && at > Left)
            {
                (row, at) = (row + 1, Left);
            }

            places.Add((index, row, at));
            at += width;
        }

        return places;
    }

    /// <summary>Round numbers from below the least to above the most.</summary>
    private static double[] Scale(IEnumerable<double> values)
    {
        var all = values.DefaultIfEmpty(0).ToList();
        var (low, high) = (all.Min(), all.Max());
        if (high - low < 1e-12 * Math.Max(1, Math.Abs(high)))
        {
            (low, high) = (low - (Math.Abs(low) / 10) - 1e-3, high + (Math.Abs(high) / 10) + 1e-3);
        }

        const int Steps = 6;
        var rough = (high - low) / Steps;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = new[] { 1, 2, 2.5, 5, 10 }.Select(factor => factor * power).First(candidate => candidate >= rough * 0.999);
        var (first, last) = ((long)Math.Floor((low / step) + 1e-9), (long)Math.Ceiling((high / step) - 1e-9));
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }

    private static string Number(double tick, double[] scale)
    {
        var digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(scale[1] - scale[0])) + 1, 0, 8);
        return Math.Round(tick, digits).ToString("0.########", CultureInfo.InvariantCulture);
    }

    /// <summary>A curve.</summary>
    /// <param name="Name">For the legend.</param>
    /// <param name="Points">Its points, with labels or without.</param>
    /// <param name="IsLine">Whether points are joined.</param>
    internal sealed record Curve(string Name, IReadOnlyList<(double X, double Y, string? Label)> Points, bool IsLine = true);
}
