using System.CommandLine;
using DiTFastAttn.Cli.Evaluate;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Study;

/// <summary><c>evaluate study.json</c>: the paper's tables and figures of one model, by one process or by many that share a folder.</summary>
internal static class StudyVerb
{
    /// <summary>The options that go with a study; what else there is to say stands in its file.</summary>
    private static readonly Option[] Known =
    [
        CommonOptions.Worker, EvaluateOptions.Page, CommonOptions.Resume, CommonOptions.Device, CommonOptions.Threads, CommonOptions.Out, CommonOptions.Json,
    ];

    /// <summary>Whether a name is that of a study, and not of a set of pictures.</summary>
    public static bool Describes(string name) => name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(name);

    /// <summary>Runs what is missing, and writes the results where nothing is.</summary>
    /// <param name="call">The call.</param>
    /// <param name="file">The study's file.</param>
    /// <param name="share">Which worker this is.</param>
    public static int Run(VerbCall call, string file, WorkerShare share)
    {
        if (EvaluateOptions.All.Except(Known).FirstOrDefault(call.IsGiven) is { } other)
        {
            throw new UserErrorException($"{other.Name}: '{file}' is a study, which says such things itself; leave it out.");
        }

        if (!File.Exists(file))
        {
            throw new UserErrorException($"evaluate {file}: there is no such file.");
        }

        var study = StudyReader.Read(file);
        var path = call.Get(CommonOptions.Out) ?? "study";
        OutputPath.CheckFolder("--out", path);
        if (call.Get(EvaluateOptions.Page) is { } page)
        {
            OutputPath.CheckFolder("--page", page);
        }

        try
        {
            return Run(call, study, path, share);
        }
        catch (UserErrorException error) when (!error.Message.StartsWith(file, StringComparison.Ordinal))
        {
            throw new UserErrorException($"{file}: {error.Message}", error);
        }
    }

    private static int Run(VerbCall call, StudySettings study, string path, WorkerShare share)
    {
        using var model = StudyModel.Open(call, study);
        using var folder = StudyFolder.Enter(path, share, model.Study, call.Cancellation);
        using var metrics = new StudyMetrics(call, model, path);
        var specs = StudyPoints.Of(model.Study, model.DrawsText);
        if (new StudyRun(call, model, folder, metrics).Make(specs, share) is not { } points)
        {
            WorkerChoice.SayDone(call, share);
            return ExitStatus.Done;
        }

        var results = new StudyResults(model.Study, points, model.DrawsText);
        var record = new StudyRecord
        {
            Command = call.CommandLine,
            Environment = EnvironmentRecord.Of(model.Pipeline.Device),
            Model = model.Study.Model,
            Study = model.Study,
            Notes = results.Notes(),
            Points = points,
            Figures = results.Figures(),
            Tables = results.Tables(),
            Images = new StudyImages(model.Study, points, folder).Draw(),
        };
        JsonResult.Write(folder[StudyRecord.FileName], record);
        StudyPage.Write(record, path, path);
        if (call.Get(EvaluateOptions.Page) is { } page)
        {
            StudyPage.Write(record, path, page);
        }

        call.WriteJson(record);
        StudyTables.Print(call.Terminal, record);
        call.Terminal.Line($"written: {Path.Combine(path, StudyRecord.FileName)}, {Path.Combine(path, "README.md")}");
        return ExitStatus.Done;
    }
}
