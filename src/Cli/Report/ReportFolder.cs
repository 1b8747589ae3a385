using DiTFastAttn.Cli.Evaluate;
using DiTFastAttn.Cli.Study;

namespace DiTFastAttn.Cli.Report;

/// <summary>Reads a folder of results, whatever wrote it.</summary>
internal static class ReportFolder
{
    /// <summary>Who may have written into a folder, in the order in which a report tells of it.</summary>
    private static readonly Action<ReportBuilder>[] Sources =
    [
        StudySource.Read, RunSource.Read, DemoSource.Read, EvaluationSource.Read, PictureFolderSource.Read, PlanSource.Read,
    ];

    /// <summary>Reads it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="title">The page's title; by what is found where not given.</param>
    /// <param name="mostPictures">Picture files that the page may hold.</param>
    /// <exception cref="UserErrorException">There is nothing that a report shows, or it is damaged.</exception>
    public static (ReportContent Content, PictureShelf Pictures) Read(string folder, string? title, int mostPictures)
    {
        if (!Directory.Exists(folder))
        {
            throw new UserErrorException($"'{folder}': {(File.Exists(folder) ? "is a file" : "there is no such folder")}; give {Wanted}.");
        }

        var builder = new ReportBuilder(folder);
        foreach (var read in Sources)
        {
            read(builder);
        }

        if (builder.Found.Count == 0)
        {
            throw new UserErrorException($"'{folder}': holds nothing that a report shows; give {Wanted}.");
        }

        var pictures = PictureShelf.Fill(builder, mostPictures);
        List<ReportSummary> summaries = [.. builder.Points.Where(point => !point.IsReference && (point.Seconds is not null || point.Metrics.Count > 0)).Select(SummaryCards.Of).OfType<ReportSummary>()];
        TableRecord[] runs = builder.Points.Exists(point => point.Seconds is not null || point.AttentionFlopsPercent is not null) ? [RunTable.Of(builder.Points)] : [];
        return (new ReportContent
        {
            Title = title ?? TitleOf(builder),
            Folder = folder,
            Found = builder.Found,
            First = SummaryCards.First(builder.Points, summaries),
            Points = builder.Points,
            Summaries = summaries,
            Plans = builder.Plans,
            Comparisons = pictures.Comparisons,
            Figures = [.. ParetoPlot.OfRuns(builder.Points), .. builder.Figures],
            Tables = [.. runs, .. builder.Tables],
            Images = pictures.Images,
            Pictures = new(pictures.Shown, pictures.Found),
            Commands = builder.Commands,
            Environment = builder.Environment,
            Notes = builder.Notes,
        }, pictures);
    }

    private static string Wanted
        => $"the folder of a study ({StudyRecord.FileName}), of 'evaluate' ({EvaluationRecord.FileName}), of 'demo', 'run', 'search' or 'generate'";

    private static string TitleOf(ReportBuilder builder)
        => builder.Title ?? (builder.Plans.Count > 0 ? $"Plan of {builder.Plans[0].Subtitle.Split(" · ")[0]}" : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(builder.Folder))));
}
