using System.CommandLine;
using DiTFastAttn.Cli.Evaluate;
using DiTFastAttn.Cli.ObjectStore;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Evaluation.Runs;

namespace DiTFastAttn.Cli.Study;

/// <summary><c>evaluate study.json</c>, or by options: the paper's tables and figures of one model, by one process or by many that share a folder.</summary>
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
    /// <param name="file">The study's file; <see langword="null"/> for one by options.</param>
    /// <param name="share">Which worker this is.</param>
    public static int Run(VerbCall call, string? file, WorkerShare share)
    {
        var source = file ?? "evaluate";
        if (EvaluateOptions.All.Concat(StudyOptions.Own).Except(file is null ? [.. Known, .. StudyOptions.All, StudyOptions.Parts] : Known).FirstOrDefault(call.IsGiven) is { } other)
        {
            throw new UserErrorException(file is null
                ? $"{other.Name}: it is for sets of pictures, and a study by options has none; leave it out."
                : $"{other.Name}: '{file}' is a study, which says such things itself; leave it out.");
        }

        if (file is not null && !File.Exists(file))
        {
            throw new UserErrorException($"evaluate {file}: there is no such file.");
        }

        var study = file is null ? StudyOptions.Read(call) : StudyReader.Read(file);
        using var shared = WorkFolder.Open(call, "study");
        if (call.Get(EvaluateOptions.Page) is { } page)
        {
            OutputPath.CheckFolder("--page", page);
        }

        try
        {
            return Run(call, study, shared, share);
        }
        catch (UserErrorException error) when (!error.Message.StartsWith(source, StringComparison.Ordinal))
        {
            throw new UserErrorException($"{source}: {error.Message}", error);
        }
    }

    private static int Run(VerbCall call, StudySettings study, SharedFolder shared, WorkerShare share)
    {
        using var model = StudyModel.Open(call, study);
        using var folder = StudyFolder.Enter(shared, share, model.Study, call.Cancellation);
        using var metrics = new StudyMetrics(call, model, shared);
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
        shared.Publish([.. StudyPage.Write(record, shared.Path, shared.Path), .. record.Images.Select(image => image.File), StudyRecord.FileName]);
        if (call.Get(EvaluateOptions.Page) is { } page)
        {
            StudyPage.Write(record, shared.Path, page);
        }

        call.WriteJson(record);
        StudyTables.Print(call.Terminal, record);
        call.Terminal.Line($"written: {shared.Name}/{StudyRecord.FileName}, {shared.Name}/README.md");
        return ExitStatus.Done;
    }
}
