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
    private const string Workers = "workers";

    /// <summary>Ranks that an engine starts at once may find the study of the run before: the first one is given so long to come, and so long to write the new one.</summary>
    private static readonly (TimeSpan ToCome, TimeSpan ToWrite) Patience = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20));

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly WorkerLock _lock;

    private StudyFolder(SharedFolder shared, WorkerLock held) => (Shared, _lock) = (shared, held);

    /// <summary>The folder.</summary>
    public SharedFolder Shared { get; }

    /// <summary>Enters the folder.</summary>
    /// <param name="shared">The folder; stays the caller's.</param>
    /// <param name="share">Which worker this is.</param>
    /// <param name="study">The study, everything written out.</param>
    /// <param name="cancellation">Ends waiting.</param>
    /// <exception cref="EvaluationException">Somebody is at work in it as this worker, or at another study.</exception>
    public static StudyFolder Enter(SharedFolder shared, WorkerShare share, StudySettings study, CancellationToken cancellation)
    {
        var held = WorkerLock.Take(shared, Workers, share);
        var folder = new StudyFolder(shared, held);
        try
        {
            folder.Agree(share, JsonResult.Text(study), cancellation);
            return folder;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>A file of the folder, its own folder made.</summary>
    public string this[string name] => Shared[name];

    /// <summary>A finished point that has been fetched, or <see langword="null"/> where there is none.</summary>
    /// <param name="name">Its name.</param>
    public PointRecord? Point(string name)
    {
        var file = this[PointFile(name)];
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

    /// <summary>A point's file in the folder.</summary>
    public static string PointFile(string name) => $"points/{name}.json";

    /// <summary>Fetches the points that there are.</summary>
    public void FetchPoints() => Shared.Fetch("points/");

    /// <summary>Writes a file that others are to see.</summary>
    public void Write(string name, string text)
    {
        AtomicFile.WriteText(this[name], text);
        Shared.Publish(name);
    }

    /// <summary>Holds a point until the result is disposed; waits for whoever has it.</summary>
    /// <param name="name">The point's name.</param>
    /// <param name="cancellation">Ends waiting.</param>
    public IDisposable Hold(string name, CancellationToken cancellation)
    {
        while (true)
        {
            if (Shared.TryHold($"{Workers}/{name}.point") is { } held)
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
    private void Agree(WorkerShare share, string study, CancellationToken cancellation)
    {
        var mine = StudyOf(share.Rank, share.Size);
        Shared.Delete(mine);
        if (share.Rank == 0)
        {
            foreach (var rank in Enumerable.Range(1, share.Size - 1).Where(rank => WorkerLock.IsHeld(Shared, Workers, rank, share.Size)))
            {
                if (Difference(StudyOf(rank, share.Size), study) is { } difference)
                {
                    throw new EvaluationException($"'{Shared.Name}': worker {rank} is at work at another study: {difference}; wait for it, or give another --out.");
                }
            }
        }
        else
        {
            var since = DateTime.UtcNow;
            while (Difference(StudyFile, study) is { } difference)
            {
                if (DateTime.UtcNow - since > (WorkerLock.IsHeld(Shared, Workers, 0, share.Size) ? Patience.ToWrite : Patience.ToCome))
                {
                    throw new EvaluationException($"'{Shared.Name}' is of another study: {difference}; give all workers the same, the first one first, or another --out.");
                }

                cancellation.WaitHandle.WaitOne(Look);
                cancellation.ThrowIfCancellationRequested();
            }
        }

        Write(StudyFile, study);
        Write(mine, study);
    }

    private static string StudyOf(int rank, int size) => FormattableString.Invariant($"{Workers}/study-{rank}-of-{size}.json");

    /// <summary>The first field in which a study that is there differs, or <see langword="null"/>.</summary>
    private string? Difference(string name, string here)
    {
        Shared.Fetch(name);
        var there = File.Exists(this[name]) ? File.ReadAllText(this[name]) : here;
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
