using System.Globalization;
using DiTFastAttn.Cli.Bench;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Drawing;

/// <summary>Draws what plans are worth within budgets: attention FLOPs across, PSNR up, a mark for every plan and a step line for the best so far.</summary>
internal static class BudgetDrawing
{
    private const double Left = 60;
    private const double Top = 56;
    private const double PlotWidth = 560;
    private const double PlotHeight = 320;
    private const double Width = Left + PlotWidth + 30;
    private const double Height = Top + PlotHeight + 60;
    private const double Mark = 8;
    private const double LabelSize = 12;
    private const double PixelsAUnit = 2;

    /// <summary>The drawing as SVG.</summary>
    /// <param name="rows">Rows of <c>bench search</c>.</param>
    public static string Svg(IReadOnlyList<BudgetRow> rows)
    {
        var canvas = new SvgCanvas(Width, Height);
        Draw(canvas, rows);
        return canvas.ToString();
    }

    /// <summary>Writes the drawing as SVG and as PNG.</summary>
    /// <param name="rows">Rows of <c>bench search</c>.</param>
    /// <param name="folder">Where <c>search.svg</c> and <c>search.png</c> go.</param>
    public static void Write(IReadOnlyList<BudgetRow> rows, string folder)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(Path.Combine(folder, "search.svg"), Svg(rows));
        var raster = new RasterCanvas(Width, Height, PixelsAUnit);
        Draw(raster, rows);
        raster.WritePng(Path.Combine(folder, "search.png"));
    }

    private static void Draw(ICanvas canvas, IReadOnlyList<BudgetRow> rows)
    {
        (string Name, Rgb Colour, (double Flops, double Psnr)[] Points)[] series =
        [
            ("planned", Rgb.Parse("0072b2"), Known(rows, row => row.AttentionFlopsPercent, row => row.PlannedPsnr)),
            ("best periodic plan", Rgb.Parse("e69f00"), Known(rows, row => row.PeriodicFlopsPercent, row => row.PeriodicPsnr)),
            ("paper's greedy search", Rgb.Parse("999999"), Known(rows, row => row.GreedyFlopsPercent, row => row.GreedyPsnr)),
        ];
        var all = series.SelectMany(s => s.Points).Where(point => double.IsFinite(point.Psnr)).Select(point => point.Psnr).DefaultIfEmpty(0).ToArray();
        var (low, high) = (Math.Floor(all.Min() / 5) * 5, Math.Max(Math.Ceiling(all.Max() / 5), Math.Floor(all.Min() / 5) + 1) * 5);
        canvas.Fill(0, 0, Width, Height, Rgb.White);
        canvas.Text("PSNR of unseen samples against full attention, in dB", Left, 22, 14, Rgb.Ink);
        for (var psnr = low; psnr <= high; psnr += 5)
        {
            canvas.Fill(Left, Y(psnr), PlotWidth, 1, Rgb.Parse("e5e5e5"));
            canvas.Text(psnr.ToString("0", CultureInfo.InvariantCulture), Left - 8, Y(psnr) + 4, LabelSize, Rgb.PaleInk, TextAnchor.End);
        }

        for (var percent = 0; percent <= 100; percent += 10)
        {
            canvas.Fill(X(percent), Top, 1, PlotHeight, Rgb.Parse("e5e5e5"));
            canvas.Text(percent.ToString(CultureInfo.InvariantCulture), X(percent), Top + PlotHeight + 18, LabelSize, Rgb.PaleInk, TextAnchor.Middle);
        }

        canvas.Text("attention FLOPs left, in percent", Left + (PlotWidth / 2), Top + PlotHeight + 42, LabelSize, Rgb.Ink, TextAnchor.Middle);
        var legend = Left;
        foreach (var (name, colour, points) in series.Reverse())
        {
            Steps([.. points.Distinct().Where(point => double.IsFinite(point.Psnr)).OrderBy(point => point.Flops)], colour);
        }

        foreach (var (name, colour, _) in series)
        {
            canvas.Fill(legend, 34, Mark, Mark, colour);
            canvas.Text(name, legend + Mark + 6, 42, LabelSize, Rgb.Ink);
            legend += Mark + 6 + StrokeFont.Width(name, LabelSize) + 24;
        }

        void Steps((double Flops, double Psnr)[] points, Rgb colour)
        {
            for (var i = 0; i < points.Length; i++)
            {
                var (flops, psnr) = points[i];
                if (i + 1 < points.Length)
                {
                    var (nextFlops, nextPsnr) = points[i + 1];
                    canvas.Fill(X(flops), Y(psnr) - 0.75, X(nextFlops) - X(flops), 1.5, colour);
                    canvas.Fill(X(nextFlops) - 0.75, Math.Min(Y(psnr), Y(nextPsnr)), 1.5, Math.Abs(Y(psnr) - Y(nextPsnr)), colour);
                }

                canvas.Fill(X(flops) - (Mark / 2), Y(psnr) - (Mark / 2), Mark, Mark, colour);
            }
        }

        double X(double percent) => Left + (PlotWidth * percent / 100);

        double Y(double psnr) => Top + (PlotHeight * (high - psnr) / (high - low));
    }

    private static (double Flops, double Psnr)[] Known(IReadOnlyList<BudgetRow> rows, Func<BudgetRow, double?> flops, Func<BudgetRow, double?> psnr)
        => [.. rows.Where(row => psnr(row) is not null).Select(row => (flops(row)!.Value, psnr(row)!.Value))];
}
