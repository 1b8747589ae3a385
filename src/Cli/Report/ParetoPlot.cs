using DiTFastAttn.Cli.Study;

namespace DiTFastAttn.Cli.Report;

/// <summary>Plots of quality against cost: a mark for each run, a line through those that no other beats in both.</summary>
internal static class ParetoPlot
{
    /// <summary>Makes one.</summary>
    /// <param name="id">Names it in a link and as a file.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="cost">Across; less is better.</param>
    /// <param name="quality">Up.</param>
    /// <param name="series">The runs by part.</param>
    /// <param name="isMoreBetter">Whether more of the quality is better, as of PSNR and not of FID.</param>
    public static ReportFigure Of(
        string id, string title, FigureRecord.Axis cost, FigureRecord.Axis quality, IReadOnlyList<(string Name, IReadOnlyList<ReportFigure.Mark> Marks)> series, bool isMoreBetter)
    {
        var lines = series.Select(part => new ReportFigure.Line(part.Name, part.Marks, IsScatter: true)).ToList();
        var front = Front([.. series.SelectMany(part => part.Marks)], isMoreBetter);
        if (front.Count > 1)
        {
            lines.Add(new ReportFigure.Line("best at its cost", front, IsFront: true));
        }

        return new ReportFigure(id, title, cost, quality, lines);
    }

    /// <summary>Quality against each cost that several runs have, for each quality that they have: of runs that are measured against the same pictures.</summary>
    /// <param name="all">The runs.</param>
    public static IEnumerable<ReportFigure> OfRuns(IReadOnlyList<ReportPoint> all)
    {
        var reference = all.FirstOrDefault(point => point.Reference is not null)?.Reference;
        var points = all.Where(point => point.Reference is null || point.Reference == reference).ToList();
        (string Id, string Label, string Unit, Func<ReportPoint, double?> Of)[] costs =
        [
            ("latency", "latency", "s", point => point.Seconds),
            points.Exists(point => point.AttentionFlopsPercent is not null)
                ? ("flops", "attention FLOPs left", "%", point => point.AttentionFlopsPercent)
                : ("flops", "FLOPs left", "%", point => point.TotalFlopsPercent),
        ];
        (string Id, string Label, string? Unit, bool IsMoreBetter)[] qualities = [("psnr", "PSNR", "dB", true), ("fid", "FID", null, false)];
        foreach (var quality in qualities)
        {
            foreach (var cost in costs)
            {
                var parts = points.Where(point => cost.Of(point) is { } x && double.IsFinite(x) && point.Metric(quality.Id) is { } y && double.IsFinite(y))
                    .GroupBy(point => point.Part ?? "runs", StringComparer.Ordinal)
                    .Select(part => (part.Key, (IReadOnlyList<ReportFigure.Mark>)[.. part.Select(point => new ReportFigure.Mark(cost.Of(point), point.Metric(quality.Id), point.Name))]))
                    .ToList();
                if (parts.Sum(part => part.Item2.Count) > 1)
                {
                    yield return Of(
                        $"pareto-{quality.Id}-{cost.Id}", $"{quality.Label} against {cost.Label}", new(cost.Label, cost.Unit), new(quality.Label, quality.Unit), parts, quality.IsMoreBetter);
                }
            }
        }
    }

    /// <summary>The marks that no other beats in both, by cost.</summary>
    private static List<ReportFigure.Mark> Front(IReadOnlyList<ReportFigure.Mark> marks, bool isMoreBetter)
    {
        var front = new List<ReportFigure.Mark>();
        var best = double.NegativeInfinity;
        var sign = isMoreBetter ? 1 : -1;
        foreach (var mark in marks.Where(mark => mark is { X: { } x, Y: { } y } && double.IsFinite(x) && double.IsFinite(y)).OrderBy(mark => mark.X).ThenByDescending(mark => sign * mark.Y))
        {
            if (sign * mark.Y!.Value > best)
            {
                front.Add(mark);
                best = sign * mark.Y!.Value;
            }
        }

        return front;
    }
}
