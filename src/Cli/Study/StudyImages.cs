using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Models;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Study;

/// <summary>Makes the pictures of a study's results: plans, and the same pictures with several plans.</summary>
/// <param name="study">The study.</param>
/// <param name="points">Its points.</param>
/// <param name="folder">Its folder.</param>
internal sealed class StudyImages(StudySettings study, IReadOnlyList<PointRecord> points, StudyFolder folder)
{
    private const int SampleRows = 4;
    private const int LeastPixels = 64;

    /// <summary>Draws them.</summary>
    public IReadOnlyList<ImageRecord> Draw()
    {
        var images = new List<ImageRecord>(points.SelectMany(point => point.Images ?? []));
        images.ForEach(image => folder.Shared.Fetch(image.File));
        foreach (var part in study.Parts)
        {
            if (part is { Part: StudyParts.Plan, Threshold: { } threshold })
            {
                images.Add(Plan(threshold));
            }

            if (part is { Part: StudyParts.Thresholds, Thresholds: { } thresholds })
            {
                images.Add(Samples(thresholds));
            }
        }

        return images;
    }

    private ImageRecord Plan(double threshold)
    {
        var name = StudyPoints.NameOf(threshold, StudyParts.AllStrategies);
        folder.Shared.Fetch(PlanSearch.PlanFileOf(name));
        var plan = PlanFile.Load(folder[PlanSearch.PlanFileOf(name)]);
        var file = $"images/plan-{name}.svg";
        PlanDrawing.WriteSvg(plan, folder[file]);
        var shares = string.Join(", ", StrategyPalette.Of(plan).Select(strategy => Invariant($"{strategy.Id} {100 * strategy.Share:F0} %")));
        return new ImageRecord("figure-5", Invariant($"The plan of threshold {threshold}"), "Figure 5", file, $"Steps across and sites down, a colour for each strategy: {shares}.");
    }

    /// <summary>Pictures down, plans across.</summary>
    private ImageRecord Samples(IReadOnlyList<double> thresholds)
    {
        const string File = "images/samples.png";
        var count = Math.Min(SampleRows, study.Pictures);
        var byName = points.ToDictionary(point => point.Name, StringComparer.Ordinal);
        List<(string Title, PointRecord Point)> columns =
            [("full", byName["full"]), .. thresholds.Select(threshold => (Title(threshold), byName[StudyPoints.NameOf(threshold, StudyParts.AllStrategies)]))];
        List<PictureSheet.Block> blocks = columns.ConvertAll(column => new PictureSheet.Block(
            column.Title, Invariant($"{column.Point.AttentionFlopsPercent:F0} %"),
            [.. column.Point.Pictures.Take(count).Select(file => (IReadOnlyList<RgbImage>)[Picture(file)])]));
        var width = blocks[0].Pictures[0][0].Width;
        PictureSheet.WritePng(
            folder[File], [.. Enumerable.Range(0, count).Select(row => row.ToString(System.Globalization.CultureInfo.InvariantCulture))], blocks,
            Math.Max(1, (LeastPixels + width - 1) / width));
        return new ImageRecord(
            "samples", "The same pictures with the plans of each threshold", null, File,
            "A picture a row; full attention on the left, then plans that compute less and less, with the percentage of the attention's FLOPs that they leave.");
    }

    private RgbImage Picture(string file)
    {
        folder.Shared.Fetch(file);
        return PictureReader.Read(folder[file]);
    }

    private static string Title(double threshold) => StudyPoints.SettingOf(threshold) is { } number ? Invariant($"D{number}") : Invariant($"{threshold}");
}
