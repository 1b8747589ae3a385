using DiTFastAttn.Evaluation.Measures;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Runs;

/// <summary>
/// Measures a set of pictures, this worker's share of it, and collects what all workers have. Pictures are measured in batches that begin at multiples of the
/// batch, whoever does it and however often it is interrupted, so the numbers are the same to the last bit.
/// </summary>
/// <param name="pictures">The set.</param>
/// <param name="measures">What is measured.</param>
/// <param name="batch">Pictures at a time.</param>
internal sealed class MeasureRun(PictureSet pictures, IReadOnlyList<IPictureMeasure> measures, int batch)
{
    /// <summary>Numbers of a picture.</summary>
    public int Width => measures.Sum(measure => measure.Width);

    /// <summary>Pictures of a worker's share.</summary>
    public int CountOf(WorkerShare share) => Batches(share).Sum(part => part.End - part.First);

    /// <summary>What all workers have to agree on.</summary>
    public Dictionary<string, string> Settings()
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["pictures"] = pictures.Fingerprint,
            ["count"] = FormattableString.Invariant($"{pictures.Count}"),
            ["batch"] = FormattableString.Invariant($"{batch}"),
        };
        foreach (var measure in measures)
        {
            settings[measure.Name] = measure.Identity;
        }

        return settings;
    }

    /// <summary>Measures what is this worker's and not there yet.</summary>
    /// <param name="folder">Where results go.</param>
    /// <param name="share">Which worker this is.</param>
    /// <param name="progress">Told the pictures of this share that are done.</param>
    /// <param name="cancellation">Ends after the batch in hand.</param>
    /// <exception cref="EvaluationException">A picture does not go with what it is compared with, or its features are no numbers.</exception>
    public void Measure(ResultFolder folder, WorkerShare share, Action<int> progress, CancellationToken cancellation)
    {
        var done = new bool[pictures.Count];
        foreach (var log in folder.FetchLogs())
        {
            foreach (var record in MeasureLog.Read(log, Width))
            {
                done[record.Index] = true;
            }
        }

        var finished = 0;
        using var mine = MeasureLog.Append(folder.LogPath, Width);
        foreach (var (first, end) in Batches(share))
        {
            if (Array.IndexOf(done, false, first, end - first) >= 0)
            {
                cancellation.ThrowIfCancellationRequested();
                mine.Write(Measure(first, end));
                folder.PublishLog();
            }

            finished += end - first;
            progress(finished);
        }
    }

    /// <summary>What all workers have.</summary>
    /// <param name="folder">Where results are.</param>
    /// <returns>The results, or <see langword="null"/> where some are missing yet.</returns>
    public Measurements? Collect(ResultFolder folder)
    {
        var records = new MeasureRecord?[pictures.Count];
        foreach (var log in folder.FetchLogs())
        {
            foreach (var record in MeasureLog.Read(log, Width))
            {
                records[record.Index] ??= record;
            }
        }

        return Array.IndexOf(records, null) >= 0 ? null : new Measurements(measures, records!);
    }

    private IEnumerable<(int First, int End)> Batches(WorkerShare share)
        => Enumerable.Range(0, (pictures.Count + batch - 1) / batch).Where(share.Has).Select(i => (i * batch, Math.Min(pictures.Count, (i + 1) * batch)));

    private List<MeasureRecord> Measure(int first, int end)
    {
        var records = new List<MeasureRecord>();
        var readable = new List<MeasuredPicture>();
        for (var i = first; i < end; i++)
        {
            try
            {
                readable.Add(new MeasuredPicture(i, pictures.Entries[i].Name, pictures.Read(i)));
            }
            catch (InvalidDataException)
            {
                records.Add(new MeasureRecord(i, IsSkipped: true, 0, 0, new float[Width]));
            }
        }

        if (readable.Count > 0)
        {
            using var scope = NewDisposeScope();
            var rows = cat([.. measures.Select(measure => measure.Measure(readable))], 1).contiguous(); // [B, Width]
            var values = rows.data<float>().ToArray();
            for (var i = 0; i < readable.Count; i++)
            {
                var row = values[(i * Width)..((i + 1) * Width)];
                Check(readable[i], row);
                records.Add(new MeasureRecord(readable[i].Index, IsSkipped: false, readable[i].Image.Width, readable[i].Image.Height, row));
            }
        }

        return records;
    }

    private void Check(MeasuredPicture picture, float[] row)
    {
        var first = 0;
        foreach (var measure in measures)
        {
            // Equal pictures have an infinite PSNR, small ones no SSIM; features are numbers.
            if (measure is not PairSimilarity && row.AsSpan(first, measure.Width).ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            {
                throw new EvaluationException($"picture '{picture.Name}': its {measure.Name} hold NaN or infinity; the weights of '{measure.Identity}' are damaged, or not of this network.");
            }

            first += measure.Width;
        }
    }
}
