using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Models;
using static System.FormattableString;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Study;

/// <summary>
/// What makes attention redundant, seen in one run of full attention: maps of heads, how alike outputs are between steps and between the guidance halves, and
/// how much window attention and its residual change from step to step.
/// </summary>
/// <param name="call">The call.</param>
/// <param name="model">The model.</param>
/// <param name="folder">Where pictures go.</param>
internal sealed class AttentionObservation(VerbCall call, StudyModel model, StudyFolder folder)
{
    /// <summary>Observes a run.</summary>
    /// <param name="sampling">How its pictures are made.</param>
    /// <param name="mapStep">The step whose maps are drawn.</param>
    public (IReadOnlyList<FigureRecord> Figures, IReadOnlyList<ImageRecord> Images) Of(PictureSettings sampling, int mapStep)
    {
        using var seen = new SeenAttention(mapStep);
        using var noGrad = no_grad();
        var attached = model.Attach(builder => builder.Use((_, inner, _) => new ObservingProcessor(inner, seen)), out var services);
        using (services)
        using (attached)
        {
            seen.Sites = StudyModel.Compressed(attached);
            var request = model.Pipeline.RunRequest(sampling);
            var plan = AttentionPlan.AllFull(attached, request.Guidance, sampling.Steps) with { Window = model.Window };
            using var trajectory = model.Pipeline.Begin([.. model.Pictures(model.Study.NegativePrompt).Take(model.Study.Batch)], sampling);
            using var run = attached.BeginRun(plan, request);
            using var bar = new ProgressBar(call.Terminal, "attention", sampling.Steps, "steps");
            using var latents = trajectory.RunAll(run, new Steps(done => bar.Report(done)), call.Cancellation);
            return (Figures(seen, attached, request), [Maps(seen, attached, mapStep)]);
        }
    }

    private static List<FigureRecord> Figures(SeenAttention seen, AttachedModel attached, RunRequest request)
    {
        var step = new FigureRecord.Axis("denoising step", null);
        var figures = new List<FigureRecord>
        {
            new(
                "figure-3", "Change from step to step: window attention and its residual", "Figure 3", step,
                new FigureRecord.Axis("‖change‖² / ‖O‖², mean of the sites", null),
                [Mean("window attention W", seen.WindowChange), Mean("residual R = O − W", seen.ResidualChange)]),
            new(
                "figure-4-steps", "Likeness of a site's output at a step and at the step before", "Figure 4, steps", step,
                new FigureRecord.Axis("cosine similarity", null), BySite(seen.StepSimilarity)),
        };
        if (request.Guidance != Guidance.None)
        {
            figures.Add(new FigureRecord(
                "figure-4-guidance", "Likeness of a site's outputs for the two guidance halves", "Figure 4, guidance", step, new FigureRecord.Axis("cosine similarity", null),
                BySite(seen.GuidanceSimilarity)));
        }

        return figures;

        List<FigureRecord.Curve> BySite(IReadOnlyDictionary<(int Site, int Step), double> values) => [.. seen.Sites.Where((_, i) => IsShown(i, seen.Sites.Length)).Select(site => new FigureRecord.Curve(
            attached.Sites[site].Name, [.. values.Where(entry => entry.Key.Site == site).OrderBy(entry => entry.Key.Step).Select(entry => new FigureRecord.Point(entry.Key.Step, entry.Value))]))];

        static FigureRecord.Curve Mean(string name, IReadOnlyDictionary<(int Site, int Step), double> values) => new(
            name, [.. values.GroupBy(entry => entry.Key.Step).OrderBy(group => group.Key).Select(group => new FigureRecord.Point(group.Key, group.Average(entry => entry.Value)))]);
    }

    /// <summary>A picture of the maps: sites down, heads across.</summary>
    private ImageRecord Maps(SeenAttention seen, AttachedModel attached, int step)
    {
        const string File = "images/attention-maps.png";
        const int Heads = 8;
        const double Margin = 16;
        const double Gap = 8;
        const double Size = 12;
        int[] sites = [.. seen.Sites.Where((_, i) => IsShown(i, seen.Sites.Length))];
        var cell = SeenAttention.MapSide * 1.5;
        var left = Margin + sites.Max(site => StrokeFont.Width(attached.Sites[site].Name, Size)) + Gap;
        const double Top = Margin + 40;
        var columns = Math.Min(Heads, seen.Maps[sites[0]].Count);
        var title = Invariant($"Attention maps at step {step}: queries down, keys across, dark for much");
        var canvas = new RasterCanvas(Math.Max(left + (columns * (cell + Gap)), Margin + StrokeFont.Width(title, Size)) + Margin, Top + (sites.Length * (cell + Gap)) + Margin, scale: 1);
        canvas.Text(title, Margin, Margin + 8, Size, Rgb.Ink);
        for (var column = 0; column < columns; column++)
        {
            canvas.Text(Invariant($"head {column}"), left + (column * (cell + Gap)) + (cell / 2), Top - 8, Size, Rgb.PaleInk, TextAnchor.Middle);
        }

        foreach (var (row, site) in sites.Index())
        {
            var y = Top + (row * (cell + Gap));
            canvas.Text(attached.Sites[site].Name, left - Gap, y + (cell / 2), Size, Rgb.Ink, TextAnchor.End);
            for (var column = 0; column < columns; column++)
            {
                var map = seen.Maps[site][column];
                canvas.Picture(left + (column * (cell + Gap)), y, map, cell / map.Width);
            }
        }

        canvas.WritePng(folder[File]);
        folder.Shared.Publish(File);
        return new ImageRecord(
            "attention-maps", Invariant($"Attention maps of heads at step {step}, for the first picture's conditional half"), "Figures 2 and 3", File,
            "A square for each head of some sites; where a head looks near its query, the square has a dark diagonal.");
    }

    /// <summary>At most six of many sites, the first and the last among them.</summary>
    private static bool IsShown(int place, int count)
    {
        const int Most = 6;
        return count <= Most || Enumerable.Range(0, Most).Any(i => i * (count - 1) / (Most - 1) == place);
    }

    private sealed class Steps(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
