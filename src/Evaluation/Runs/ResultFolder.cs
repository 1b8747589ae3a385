using System.Text.Json;
using DiTFastAttn.Models;

namespace DiTFastAttn.Evaluation.Runs;

/// <summary>The folder that the workers of one evaluation share: its settings, a lock and a file of results a worker.</summary>
internal sealed class ResultFolder : IDisposable
{
    private const string Settings = "settings.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    private readonly WorkerLock _lock;

    private ResultFolder(string path, string worker, WorkerLock held)
    {
        Path = path;
        LogPath = System.IO.Path.Combine(path, worker + MeasureLog.Ending);
        _lock = held;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>This worker's file.</summary>
    public string LogPath { get; }

    /// <summary>The files of all workers there have been.</summary>
    public IEnumerable<string> AllLogs => Directory.GetFiles(Path, "*" + MeasureLog.Ending).Order(StringComparer.Ordinal);

    /// <summary>Enters the folder; it is made where it is not there.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="share">Which worker this is.</param>
    /// <param name="settings">What all workers have to agree on.</param>
    /// <param name="beginsAnew">Whether earlier results go away.</param>
    /// <exception cref="EvaluationException">Somebody else is at work in it, or it belongs to another evaluation; the message names what differs.</exception>
    public static ResultFolder Enter(string path, WorkerShare share, IReadOnlyDictionary<string, string> settings, bool beginsAnew)
    {
        var held = WorkerLock.Take(path, share);
        try
        {
            var folder = new ResultFolder(path, $"worker-{share.Rank}-of-{share.Size}", held);
            if (beginsAnew)
            {
                foreach (var file in folder.AllLogs.Append(System.IO.Path.Combine(path, Settings)))
                {
                    File.Delete(file);
                }
            }

            folder.Agree(settings);
            return folder;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    /// <summary>The first worker writes the settings; the others have to have the same.</summary>
    private void Agree(IReadOnlyDictionary<string, string> settings)
    {
        var path = System.IO.Path.Combine(Path, Settings);
        if (!File.Exists(path))
        {
            AtomicFile.WriteText(path, JsonSerializer.Serialize(settings, Json) + "\n");
        }

        Dictionary<string, string> found;
        try
        {
            found = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path)) ?? [];
        }
        catch (JsonException error)
        {
            throw new EvaluationException($"'{path}': it is damaged ({error.Message.Split('\n')[0]}); give another --out, or remove it.", error);
        }

        foreach (var name in settings.Keys.Union(found.Keys, StringComparer.Ordinal))
        {
            var (here, there) = (settings.GetValueOrDefault(name, "nothing"), found.GetValueOrDefault(name, "nothing"));
            if (here != there)
            {
                throw new EvaluationException($"'{Path}' is of another evaluation: {name} is {there} there and {here} here; give another --out.");
            }
        }
    }
}
