using System.CommandLine;
using System.Globalization;

namespace DiTFastAttn.Cli.Report;

/// <summary><c>report DIR</c>: what a folder of results says, as one page, in the terminal, as CSV and as JSON.</summary>
internal sealed class ReportVerb : Verb
{
    private static readonly Argument<string> Folder = new("DIR")
    {
        Description = "A folder of results: of a study, of 'evaluate', 'demo', 'run', 'search' or 'generate'.",
    };

    private static readonly Option<string?> Page = ValueOption.Text(["--out"], "FILE", "The page; DIR/report.html where not given.");

    private static readonly Option<string?> Title = ValueOption.Text(["--title"], "TEXT", "The page's title.");

    private static readonly Option<int> MostPictures = ValueOption.Integer(["--max-pictures"], "Picture files that the page may hold.", 100, 0);

    private static readonly Option<string?> Csv = ValueOption.Text(["--csv"], "DIR", "Write tables and figures as CSV below DIR.");

    public ReportVerb()
        : base("report", "Show results on one page that needs nothing else: plans, pictures side by side, plots, tables.")
    {
        Add(Folder);
        Add(Page);
        Add(Title);
        Add(MostPictures);
        Add(Csv);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var folder = call.Get(Folder)!;
        if (call.Get(Csv) is { } csv)
        {
            OutputPath.CheckFolder("--csv", csv);
        }

        var (content, pictures) = ReportFolder.Read(folder, call.Get(Title), call.Get(MostPictures));
        var page = call.Get(Page) ?? Path.Combine(folder, "report.html");
        OutputPath.CheckFile("--out", page);
        var size = ReportPage.Write(page, content, pictures);
        if (call.Get(Csv) is { } tables)
        {
            ReportTables.WriteCsv(tables, content);
        }

        call.WriteJson(new ReportResult(page, size, content));
        ReportTables.Print(call.Terminal, content);
        call.Terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"page: {page} ({size / 1e6:F2} MB, {content.Pictures.Shown} of {content.Pictures.Found} picture files{(content.Pictures.Shown < content.Pictures.Found ? "; --max-pictures takes more" : "")})"));
        return ExitStatus.Done;
    }

    /// <summary>What <c>--json</c> writes.</summary>
    /// <param name="Page">The page's file.</param>
    /// <param name="PageBytes">Its size.</param>
    /// <param name="Report">All that it says; pictures by their file.</param>
    internal sealed record ReportResult(string Page, long PageBytes, ReportContent Report);
}
