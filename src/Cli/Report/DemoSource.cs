using DiTFastAttn.Cli.Demo;
using DiTFastAttn.Cli.Study;

namespace DiTFastAttn.Cli.Report;

/// <summary>What <c>demo</c> leaves in a folder.</summary>
internal static class DemoSource
{
    private const string Name = "plan";

    /// <summary>Adds a demo, where there is one.</summary>
    /// <exception cref="UserErrorException">Its summary is damaged.</exception>
    public static void Read(ReportBuilder builder)
    {
        var file = Path.Combine(builder.Folder, DemoSummary.FileName);
        if (!File.Exists(file))
        {
            return;
        }

        var summary = JsonResult.Read<DemoSummary>(file, format: null);
        builder.Found.Add("a demo");
        builder.Title ??= "Demo: the same pictures with and without a plan";
        builder.AddCommand(summary.Command);
        builder.AddEnvironment(summary.Environment);
        builder.Points.Add(new ReportPoint { Name = ReportPoint.Full, IsReference = true, Seconds = summary.FullSeconds, AttentionFlopsPercent = 100 });
        builder.Points.Add(new ReportPoint
        {
            Name = Name,
            AttentionFlopsPercent = summary.AttentionFlopsPercent,
            Seconds = summary.CompressedSeconds,
            SearchSeconds = summary.SearchSeconds > 0 ? summary.SearchSeconds : null,
            PeakStateBytes = summary.PeakStateMegabytes * 1e6,
            Against = new(summary.FullSeconds),
            Metrics = new Dictionary<string, double>(StringComparer.Ordinal) { ["psnr"] = summary.Psnr, ["psnr_min"] = summary.WorstPsnr, ["ssim"] = summary.Ssim },
        });
        builder.AddPlan(Name, Path.Combine(builder.Folder, "plan.json"));
        AddCandidates(builder, summary);
        AddPictures(builder, summary);
    }

    private static void AddCandidates(ReportBuilder builder, DemoSummary summary)
    {
        if (summary.Candidates.Count == 0)
        {
            return;
        }

        builder.Tables.Add(new TableRecord(
            "candidates",
            "Plans that were measured on the calibration samples",
            Paper: null,
            [new("plan"), new("attention FLOPs left", "%"), new("PSNR", "dB"), new("taken")],
            [.. summary.Candidates.Select(candidate => (IReadOnlyList<object?>)
                [candidate.Method, candidate.AttentionFlopsPercent, candidate.CalibrationPsnr, candidate.Method == summary.PlanMethod ? "yes" : null])]));
        builder.Figures.Add(ParetoPlot.Of(
            "candidates-pareto",
            "Candidates: quality against attention FLOPs",
            new("attention FLOPs left", "%"),
            new("PSNR on the calibration samples", "dB"),
            [("plans", [.. summary.Candidates.Select(candidate => new ReportFigure.Mark(candidate.AttentionFlopsPercent, candidate.CalibrationPsnr, candidate.Method))])],
            isMoreBetter: true));
    }

    private static void AddPictures(ReportBuilder builder, DemoSummary summary)
    {
        if (!Directory.Exists(Path.Combine(builder.Folder, DemoSummary.Picture.FolderOf(isFull: false))))
        {
            return;
        }

        var pictures = summary.Pictures.Select((picture, number) => (Name: FormattableString.Invariant($"{picture.ClassName}, {number}"), Number: number, picture.Psnr)).ToList();
        builder.Pictures.Add(new ReportBuilder.PictureRun(
            Name,
            [.. pictures.Select(picture => (picture.Name, Path.Combine(builder.Folder, DemoSummary.Picture.FileOf(picture.Number, isFull: false))))],
            pictures.ToDictionary(picture => picture.Name, picture => Path.Combine(builder.Folder, DemoSummary.Picture.FileOf(picture.Number, isFull: true)), StringComparer.Ordinal),
            pictures.ToDictionary(picture => picture.Name, picture => picture.Psnr, StringComparer.Ordinal)));
    }
}
