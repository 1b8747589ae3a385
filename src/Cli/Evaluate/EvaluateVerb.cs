using System.Diagnostics;
using System.Globalization;
using DiTFastAttn.Cli.ObjectStore;
using DiTFastAttn.Cli.Study;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Evaluation.Runs;

namespace DiTFastAttn.Cli.Evaluate;

/// <summary><c>evaluate</c>: the quality of pictures, by one process or by many that share a folder.</summary>
internal sealed class EvaluateVerb : Verb
{
    public EvaluateVerb()
        : base("evaluate", "Measure pictures: against real ones, their prompts, and the same pictures made without a plan.")
    {
        Add(EvaluateOptions.Pictures);
        foreach (var option in EvaluateOptions.All.Concat(StudyOptions.Own))
        {
            Add(option);
        }
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var share = WorkerChoice.Of(call);
        if (call.Get(EvaluateOptions.Pictures) is not { } set || StudyVerb.Describes(set))
        {
            return StudyVerb.Run(call, call.Get(EvaluateOptions.Pictures), share);
        }

        if (StudyOptions.Own.Append(EvaluateOptions.Page).FirstOrDefault(call.IsGiven) is { } studys)
        {
            throw new UserErrorException($"{studys.Name}: it is for a study, and '{set}' is no .json; leave it out.");
        }

        using var folder = WorkFolder.Open(call, "evaluation");
        CheckFiles(call);
        var choice = new MetricChoice(call);
        using var pictures = PictureSet.Open(set);
        using var real = call.Get(EvaluateOptions.Real) is { } path && !StatisticsFile.IsLikely(path) && choice.NeedsFeatures ? PictureSet.Open(path) : null;
        var watch = Stopwatch.StartNew();
        var device = TorchUse.Of(call).Device;
        using var measures = new Measures(call, choice, pictures, device);
        var statistics = ReadStatistics(call, choice, measures);
        if (share.Size > 1)
        {
            call.Terminal.Log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"worker {share.Rank} of {share.Size} ({share.Source})"));
        }

        var measured = MeasuredSet.Measure(call, pictures, measures.OfPictures, folder, share, "pictures");
        var measuredReal = real is null ? null : MeasuredSet.Measure(call, real, measures.OfReal, folder, share, "real");
        if (measured is null || (real is not null && measuredReal is null))
        {
            WorkerChoice.SayDone(call, share);
            return ExitStatus.Done;
        }

        var values = new MetricValues(call, choice, measured, measuredReal, statistics);
        values.Compute();
        var record = new EvaluationRecord
        {
            Command = call.CommandLine,
            Pictures = measured.Describe(),
            Real = measuredReal?.Describe() ?? (statistics is null ? null : new EvaluationRecord.SetRecord(call.Get(EvaluateOptions.Real)!, statistics.Count, null, [], [])),
            Reference = measures.Reference is { } reference ? new EvaluationRecord.SetRecord(reference.Name, reference.Count, reference.Fingerprint, [], []) : null,
            Metrics = values.Values,
            PerPicture = PerPicture(choice, measured),
            Settings = Settings(call, measures),
            Notes = values.Notes,
            Environment = EnvironmentRecord.Of(device),
            Workers = share.Size,
            Seconds = watch.Elapsed.TotalSeconds,
        };
        Write(call, folder, record, measured, measures);
        EvaluationTables.Print(call.Terminal, record);
        var skipped = record.Pictures.Skipped.Count + (record.Real?.Skipped.Count ?? 0);
        return skipped > 0 && !call.Get(EvaluateOptions.AllowSkips) ? ExitStatus.CheckFailed : ExitStatus.Done;
    }

    private static void CheckFiles(VerbCall call)
    {
        if (call.Get(EvaluateOptions.Csv) is { } csv)
        {
            OutputPath.CheckFile("--csv", csv);
        }

        if (call.Get(EvaluateOptions.SaveStatistics) is { } statistics)
        {
            OutputPath.CheckFile("--save-statistics", statistics);
            if (!StatisticsFile.IsLikely(statistics))
            {
                throw new UserErrorException($"--save-statistics {statistics}: the ending says the format; give .npz (pytorch-fid's) or .safetensors.");
            }

            if (call.Get(EvaluateOptions.Inception) is null)
            {
                throw new UserErrorException($"--save-statistics {statistics}: it needs --inception FILE, the FID network's weights.");
            }
        }
    }

    private static StatisticsFile? ReadStatistics(VerbCall call, MetricChoice choice, Measures measures)
    {
        if (call.Get(EvaluateOptions.Real) is not { } path || !StatisticsFile.IsLikely(path) || !choice.Has(MetricNames.Fid))
        {
            return null;
        }

        var file = StatisticsFile.Read(path);
        if (file.Statistics.Dimensions != InceptionNetwork.FeatureCount)
        {
            throw new UserErrorException($"--real {path}: it is of {file.Statistics.Dimensions} features, the FID network has {InceptionNetwork.FeatureCount}: it is of another network.");
        }

        if (file.Network is { } network && network != measures.Network)
        {
            throw new UserErrorException($"--real {path}: it was made with other weights ({network}) than --inception has ({measures.Network}); make it anew, or give those.");
        }

        return file.FrontEnd is { } frontEnd && frontEnd != measures.FrontEnd
            ? throw new UserErrorException($"--real {path}: it was made with --front-end {WordOf(frontEnd)}; this is {WordOf(measures.FrontEnd)}.")
            : file;
    }

    private static void Write(VerbCall call, SharedFolder folder, EvaluationRecord record, MeasuredSet measured, Measures measures)
    {
        if (call.Get(EvaluateOptions.SaveStatistics) is { } path)
        {
            var statistics = measured.Results.Statistics("features");
            new StatisticsFile(statistics, statistics.Count, measures.Network, measures.FrontEnd).Write(path);
        }

        EvaluationTables.WriteMetrics(folder["metrics.csv"], record);
        EvaluationTables.WritePictures(folder["pictures.csv"], record);
        if (call.Get(EvaluateOptions.Csv) is { } csv)
        {
            EvaluationTables.WriteMetrics(csv, record);
        }

        JsonResult.Write(folder[EvaluationRecord.FileName], record);
        folder.Publish("metrics.csv", "pictures.csv", EvaluationRecord.FileName);
        call.WriteJson(record);
    }

    private static List<EvaluationRecord.PictureRecord> PerPicture(MetricChoice choice, MeasuredSet set)
    {
        var (psnr, ssim, lpips, clip) = (
            Column(MetricNames.Psnr, "pair", 0), Column(MetricNames.Ssim, "pair", 1), Column(MetricNames.Lpips, "pair", 2), Column(MetricNames.ClipScore, "caption", 0));
        return [.. set.Results.Measured.Select((index, i) => new EvaluationRecord.PictureRecord(set.Pictures.Entries[index].Name, psnr?[i], ssim?[i], lpips?[i], clip?[i]))];

        float[]? Column(string metric, string measure, int column) => choice.Has(metric) ? set.Results.Column(measure, column) : null;
    }

    private static OrderedDictionary<string, string> Settings(VerbCall call, Measures measures)
    {
        var settings = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var measure in measures.OfPictures)
        {
            settings[measure.Name] = measure.Identity;
        }

        settings["is_splitting"] = call.Get(EvaluateOptions.ScoreSplitting)!;
        foreach (var (name, option) in new[]
        {
            ("splits", EvaluateOptions.Splits), ("kid_subsets", EvaluateOptions.Subsets), ("kid_subset_size", EvaluateOptions.SubsetSize),
            ("neighbours", EvaluateOptions.Neighbours), ("batch", EvaluateOptions.Batch), ("seed", CommonOptions.Seed),
        })
        {
            settings[name] = call.Get(option).ToString(CultureInfo.InvariantCulture);
        }

        return settings;
    }

    private static string WordOf(InceptionFrontEnd frontEnd) => frontEnd == InceptionFrontEnd.PytorchFid ? "pytorch-fid" : "torch-fidelity";
}
