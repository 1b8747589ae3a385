using System.Text.Json;

namespace DiTFastAttn.Evaluation.Runs;

/// <summary>The folder that the workers of one evaluation share: its settings, a lock and a file of results a worker.</summary>
internal sealed class ResultFolder : IDisposable
{
    private const string Settings = "settings.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    private readonly SharedFolder _folder;
    private readonly string _place;
    private readonly string _log;
    private readonly WorkerLock _lock;

    private ResultFolder(SharedFolder folder, string place, string worker, WorkerLock held)
    {
        (_folder, _place, _lock) = (folder, place, held);
        _log = $"{place}/{worker}{MeasureLog.Ending}";
    }

    /// <summary>This worker's file.</summary>
    public string LogPath => _folder[_log];

    /// <summary>Enters the folder.</summary>
    /// <param name="shared">The folder that workers share.</param>
    /// <param name="place">Where in it the results of this set of pictures are.</param>
    /// <param name="share">Which worker this is.</param>
    /// <param name="settings">What all workers have to agree on.</param>
    /// <param name="beginsAnew">Whether earlier results go away.</param>
    /// <exception cref="EvaluationException">Somebody else is at work in it, or it belongs to another evaluation; the message names what differs.</exception>
    public static ResultFolder Enter(SharedFolder shared, string place, WorkerShare share, IReadOnlyDictionary<string, string> settings, bool beginsAnew)
    {
        var held = WorkerLock.Take(shared, place, share);
        try
        {
            var folder = new ResultFolder(shared, place, $"worker-{share.Rank}-of-{share.Size}", held);
            if (beginsAnew)
            {
                foreach (var name in folder.AllLogs.Append($"{place}/{Settings}"))
                {
                    shared.Delete(name);
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

    /// <summary>Fetches and gives the files of all workers there have been.</summary>
    public IReadOnlyList<string> FetchLogs()
    {
        _folder.Fetch(_place + "/");
        return [.. AllLogs.Select(name => _folder[name])];
    }

    /// <summary>Lets others see what this worker's file has more.</summary>
    public void PublishLog() => _folder.PublishGrowth(_log);

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private IEnumerable<string> AllLogs => _folder.Names(_place + "/").Where(name => name.EndsWith(MeasureLog.Ending, StringComparison.Ordinal));

    /// <summary>The first worker writes the settings; the others have to have the same.</summary>
    private void Agree(IReadOnlyDictionary<string, string> settings)
    {
        var name = $"{_place}/{Settings}";
        if (_folder.TryCreate(name, JsonSerializer.Serialize(settings, Json) + "\n"))
        {
            return;
        }

        Dictionary<string, string> found;
        try
        {
            found = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(_folder[name])) ?? [];
        }
        catch (JsonException error)
        {
            throw new EvaluationException($"'{_folder.Name}/{name}': it is damaged ({error.Message.Split('\n')[0]}); give another --out, or remove it.", error);
        }

        foreach (var setting in settings.Keys.Union(found.Keys, StringComparer.Ordinal))
        {
            var (here, there) = (settings.GetValueOrDefault(setting, "nothing"), found.GetValueOrDefault(setting, "nothing"));
            if (here != there)
            {
                throw new EvaluationException($"'{_folder.Name}/{_place}' is of another evaluation: {setting} is {there} there and {here} here; give another --out.");
            }
        }
    }
}
