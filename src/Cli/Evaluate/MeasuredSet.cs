using DiTFastAttn.Evaluation;
using DiTFastAttn.Evaluation.Measures;
using DiTFastAttn.Evaluation.Runs;

namespace DiTFastAttn.Cli.Evaluate;

/// <summary>A set of pictures and what all workers have measured of it.</summary>
/// <param name="Pictures">The set.</param>
/// <param name="Results">The results.</param>
internal sealed record MeasuredSet(PictureSet Pictures, Measurements Results)
{
    /// <summary>Does this worker's share.</summary>
    /// <param name="call">The call.</param>
    /// <param name="pictures">The set; stays the caller's.</param>
    /// <param name="measures">What is measured; stay the caller's.</param>
    /// <param name="folder">The folder that workers share.</param>
    /// <param name="share">Which worker this is.</param>
    /// <param name="what">Where in the folder its results go, and what the progress calls the set.</param>
    /// <returns>What all workers have, or <see langword="null"/> where others are not done yet.</returns>
    public static MeasuredSet? Measure(
        VerbCall call, PictureSet pictures, IReadOnlyList<IPictureMeasure> measures, SharedFolder folder, WorkerShare share, string what)
    {
        var run = new MeasureRun(pictures, measures, call.Get(EvaluateOptions.Batch));
        var beginsAnew = share.Size == 1 && !call.Get(CommonOptions.Resume);
        using var results = ResultFolder.Enter(folder, what, share, run.Settings(), beginsAnew);
        using var bar = new ProgressBar(call.Terminal, what, run.CountOf(share), "pictures");
        run.Measure(results, share, done => bar.Report(done), call.Cancellation);
        bar.Clear();
        return run.Collect(results) is { } all ? new MeasuredSet(pictures, all) : null;
    }

    /// <summary>The set for the record of results; pictures that could not be read are tried again for the reason.</summary>
    public EvaluationRecord.SetRecord Describe() => new(
        Pictures.Name,
        Results.Measured.Count,
        Pictures.Fingerprint,
        [.. Results.Sizes.Select(size => new EvaluationRecord.SizeRecord(size.Width, size.Height, size.Count))],
        [.. Results.Skipped.Select(index => new EvaluationRecord.SkippedRecord(Pictures.Entries[index].Name, ReasonOf(index)))]);

    private string ReasonOf(int index)
    {
        try
        {
            Pictures.Read(index);
            return "it could not be read.";
        }
        catch (InvalidDataException error)
        {
            return error.InnerException?.Message ?? error.Message;
        }
    }
}
