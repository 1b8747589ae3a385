using System.Globalization;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Drawing;

/// <summary>
/// Draws a plan as the paper's figure 5 does: steps across, sites down, one colour a strategy, with a legend of names and
/// shares.
/// </summary>
internal static class PlanDrawing
{
    private const double Margin = 20;
    private const double TitleSize = 16;
    private const double LabelSize = 12;
    private const double TopHeight = 58;
    private const double AxisHeight = 46;
    private const double LegendRow = 24;
    private const double Swatch = 14;
    private const double PixelsAUnit = 2;

    /// <summary>Writes the drawing as SVG.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="path">The file; replaced where it exists.</param>
    public static void WriteSvg(AttentionPlan plan, string path)
    {
        var layout = new Layout(plan);
        var canvas = new SvgCanvas(layout.Width, layout.Height);
        layout.Draw(canvas);
        AtomicFile.WriteText(path, canvas.ToString());
    }

    /// <summary>Writes the drawing as PNG.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="path">The file; replaced where it exists.</param>
    public static void WritePng(AttentionPlan plan, string path)
    {
        var layout = new Layout(plan);
        var canvas = new RasterCanvas(layout.Width, layout.Height, PixelsAUnit);
        layout.Draw(canvas);
        canvas.WritePng(path);
    }

    /// <summary>Where everything stands, for one plan.</summary>
    private sealed class Layout
    {
        private readonly AttentionPlan _plan;
        private readonly IReadOnlyList<PlannedStrategy> _strategies;
        private readonly double _cell;
        private readonly double _left;
        private readonly List<List<PlannedStrategy>> _legend = [];

        public Layout(AttentionPlan plan)
        {
            _plan = plan;
            _strategies = StrategyPalette.Of(plan);
            _cell = Math.Clamp(Math.Floor(760.0 / plan.Steps), 10, 34);
            _left = Margin + 26 + plan.Model.Sites.Max(site => StrokeFont.Width(site.Name, LabelSize)) + 10;
            Width = Math.Max(_left + (plan.Steps * _cell), Margin + Math.Max(StrokeFont.Width(Title, TitleSize), StrokeFont.Width(Subtitle, LabelSize))) + Margin;
            var x = double.PositiveInfinity;
            foreach (var strategy in _strategies)
            {
                if (x + EntryWidth(strategy) > Width - Margin)
                {
                    _legend.Add([]);
                    x = _left;
                }

                _legend[^1].Add(strategy);
                x += EntryWidth(strategy);
            }

            Height = TopHeight + (plan.Model.Sites.Count * _cell) + AxisHeight + (_legend.Count * LegendRow) + Margin;
        }

        public double Width { get; }

        public double Height { get; }

        private string Title => string.Create(CultureInfo.InvariantCulture, $"Attention plan of {_plan.Model.Name}: {_plan.Steps} steps × {_plan.Model.Sites.Count} sites");

        private string Subtitle => string.Join(
            "  ·  ",
            new[]
            {
                _plan.Origin.Note is { } note ? $"{_plan.Origin.Method}: {note}" : _plan.Origin.Method,
                $"window {_plan.Window}",
                _plan.Guidance switch { Guidance.None => "no guidance", Guidance.ConditionalFirst => "guidance, conditional first", _ => "guidance, conditional last" },
                _plan.Scheduler ?? "",
            }.Where(part => part.Length > 0));

        public void Draw(ICanvas canvas)
        {
            canvas.Text(Title, Margin, Margin + 10, TitleSize, Rgb.Ink);
            canvas.Text(Subtitle, Margin, Margin + 26, LabelSize, Rgb.PaleInk);
            DrawCells(canvas);
            DrawAxes(canvas);
            DrawLegend(canvas);
        }

        private void DrawCells(ICanvas canvas)
        {
            var colours = _strategies.ToDictionary(strategy => strategy.Id, strategy => strategy.Colour, StringComparer.Ordinal);
            for (var step = 0; step < _plan.Steps; step++)
            {
                for (var site = 0; site < _plan.Model.Sites.Count; site++)
                {
                    canvas.Fill(_left + (step * _cell), TopHeight + (site * _cell), _cell - 1, _cell - 1, colours[_plan.Rows[step][site]]);
                }
            }
        }

        private void DrawAxes(ICanvas canvas)
        {
            var sites = _plan.Model.Sites;
            var every = Every(LabelSize + 2);
            for (var site = 0; site < sites.Count; site += every)
            {
                canvas.Text(sites[site].Name, _left - 10, TopHeight + ((site + 0.5) * _cell) + (0.35 * LabelSize), LabelSize, Rgb.Ink, TextAnchor.End);
            }

            var bottom = TopHeight + (sites.Count * _cell);
            every = Every(StrokeFont.Width("000", LabelSize));
            for (var step = 0; step < _plan.Steps; step += every)
            {
                canvas.Text(step.ToString(CultureInfo.InvariantCulture), _left + ((step + 0.5) * _cell), bottom + 16, LabelSize, Rgb.Ink, TextAnchor.Middle);
            }

            canvas.Text("denoising step", _left + (_plan.Steps * _cell / 2), bottom + 34, LabelSize, Rgb.PaleInk, TextAnchor.Middle);
            canvas.Text("attention site", Margin + 8, TopHeight + (sites.Count * _cell / 2), LabelSize, Rgb.PaleInk, TextAnchor.Middle, upwards: true);
        }

        private void DrawLegend(ICanvas canvas)
        {
            var y = TopHeight + (_plan.Model.Sites.Count * _cell) + AxisHeight;
            foreach (var row in _legend)
            {
                var x = _left;
                foreach (var strategy in row)
                {
                    canvas.Fill(x, y + 4, Swatch, Swatch, strategy.Colour);
                    canvas.Text(Label(strategy), x + Swatch + 6, y + 4 + Swatch - 2, LabelSize, Rgb.Ink);
                    x += EntryWidth(strategy);
                }

                y += LegendRow;
            }
        }

        /// <summary>Labels every so many cells, so that they do not touch.</summary>
        private int Every(double room)
        {
            var least = Math.Max(1, (int)Math.Ceiling(room / _cell));
            return least <= 2 ? least : (least + 4) / 5 * 5;
        }

        private static double EntryWidth(PlannedStrategy strategy) => Swatch + 6 + StrokeFont.Width(Label(strategy), LabelSize) + 22;

        private static string Label(PlannedStrategy strategy) => string.Create(CultureInfo.InvariantCulture, $"{strategy.Id}  {100 * strategy.Share:0.#} %");
    }
}
