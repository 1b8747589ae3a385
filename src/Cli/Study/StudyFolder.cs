using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DiTFastAttn.Evaluation;
using DiTFastAttn.Evaluation.Runs;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Study;

/// <summary>The folder that the workers of a study share: where everything lies, who is at work, and that all have the same study.</summary>
internal sealed class StudyFolder : IDisposable
{
    private const string StudyFile = "study.json";

    /// <summary>Ranks that an engine starts at once may find the study of the run before: the first one is given so long to come, and so long to write the new one.</summary>
    private static readonly (TimeSpan ToCome, TimeSpan ToWrite) Patience = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20));

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly WorkerLock _lock;

    private StudyFolder(string path, WorkerLock held) => (Path, _lock) = (path, held);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Enters the folder; it is made where it is not there.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="share">Which worker this is.</param>
    /// <param name="study">The study, everything written out.</param>
    /// <param name="cancellation">Ends waiting.</param>
    /// <exception cref="EvaluationException">Somebody is at work in it as this worker, or at another study.</exception>
    public static StudyFolder Enter(string path, WorkerShare share, StudySettings study, CancellationToken cancellation)
    {
        var workers = System.IO.Path.Combine(path, "workers");
        var held = WorkerLock.Take(workers, share);
        var folder = new StudyFolder(path, held);
        try
        {
            folder.Agree(workers, share, JsonResult.Text(study), cancellation);
            return folder;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>A file of the folder, its own folder made.</summary>
    public string this[string name]
    {
        get
        {
            var file = System.IO.Path.Combine(Path, name);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            return file;
        }
    }

    /// <summary>A finished point, or <see langword="null"/> where there is none of these settings.</summary>
    /// <param name="name">Its name.</param>
    public PointRecord? Point(string name)
    {
        var file = this[$"points/{name}.json"];
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            return JsonResult.Parse<PointRecord>(File.ReadAllText(file)) is { Format: PointRecord.FormatName } point ? point : null;
        }
        catch (JsonException)
        {
            return null; // of another version, or damaged: made anew
        }
    }

    /// <summary>Holds a point until the result is disposed; waits for whoever has it.</summary>
    /// <param name="name">The point's name.</param>
    /// <param name="cancellation">Ends waiting.</param>
    public FileStream Hold(string name, CancellationToken cancellation)
    {
        while (true)
        {
            if (WorkerLock.TryOpen(this[$"workers/{name}.point"]) is { } held)
            {
                return held;
            }

            cancellation.WaitHandle.WaitOne(Look);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The first 16 digits of a hash of settings.</summary>
    public static string Fingerprint(IEnumerable<KeyValuePair<string, string>> settings)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', settings.Select(entry => $"{entry.Key}={entry.Value}")))))[..16];

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    /// <summary>
    /// The first worker writes the study. An edited one is the first worker's to write too, when nobody is at work at the old one; the others wait for it.
    /// </summary>
    private void Agree(string workers, WorkerShare share, string study, CancellationToken cancellation)
    {
        var file = this[StudyFile];
        var mine = StudyOf(workers, share.Rank, share.Size);
        File.Delete(mine);
        if (share.Rank == 0)
        {
            foreach (var rank in Enumerable.Range(1, share.Size - 1).Where(rank => WorkerLock.IsHeld(workers, rank, share.Size)))
            {
                var theirs = StudyOf(workers, rank, share.Size);
                if (File.Exists(theirs) && Difference(File.ReadAllText(theirs), study) is { } difference)
                {
                    throw new EvaluationException($"'{Path}': worker {rank} is at work at another study: {difference}; wait for it, or give another --out.");
                }
            }
        }
        else
        {
            var since = DateTime.UtcNow;
            while (File.Exists(file) && Difference(File.ReadAllText(file), study) is { } difference)
            {
                if (DateTime.UtcNow - since > (WorkerLock.IsHeld(workers, 0, share.Size) ? Patience.ToWrite : Patience.ToCome))
                {
                    throw new EvaluationException($"'{Path}' is of another study: {difference}; give all workers the same, the first one first, or another --out.");
                }

                cancellation.WaitHandle.WaitOne(Look);
                cancellation.ThrowIfCancellationRequested();
            }
        }

        AtomicFile.WriteText(file, study);
        AtomicFile.WriteText(mine, study);
    }

    private static string StudyOf(string workers, int rank, int size) => System.IO.Path.Combine(workers, FormattableString.Invariant($"study-{rank}-of-{size}.json"));

    /// <summary>The first field in which two studies differ, or <see langword="null"/>.</summary>
    private static string? Difference(string there, string here)
    {
        if (there == here)
        {
            return null;
        }

        try
        {
            using var old = JsonDocument.Parse(there);
            using var own = JsonDocument.Parse(here);
            foreach (var field in own.RootElement.EnumerateObject())
            {
                var value = old.RootElement.TryGetProperty(field.Name, out var found) ? Short(found) : "nothing";
                if (value != Short(field.Value))
                {
                    return $"{field.Name} is {value} there and {Short(field.Value)} here";
                }
            }

            return "its fields are others";
        }
        catch (JsonException)
        {
            return "its study.json is damaged";
        }
    }

    private static string Short(JsonElement value)
    {
        const int Most = 200;
        var text = JsonSerializer.Serialize(value);
        return text.Length > Most ? text[..Most] + "…" : text;
    }
}
