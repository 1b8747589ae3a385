namespace DiTFastAttn.Evaluation.Runs;

/// <summary>A worker's place in a folder that workers share: one process at a time, and one number of workers.</summary>
internal sealed class WorkerLock : IDisposable
{
    private const string Ending = ".lock";

    private readonly IDisposable _held;

    private WorkerLock(IDisposable held) => _held = held;

    /// <summary>Takes the place of a worker.</summary>
    /// <param name="folder">The folder that workers share.</param>
    /// <param name="place">Where in it their locks are.</param>
    /// <param name="share">Which worker.</param>
    /// <exception cref="EvaluationException">Somebody else is at work in it.</exception>
    public static WorkerLock Take(SharedFolder folder, string place, WorkerShare share)
    {
        var held = folder.TryHold(Name(place, share.Rank, share.Size))
            ?? throw new EvaluationException($"'{folder.Name}': another process is at work in it as worker {share.Rank} of {share.Size}; wait for it, or give another --out.");
        try
        {
            var others = folder.Names(place + "/")
                .Where(name => name.EndsWith(Ending, StringComparison.Ordinal) && !name.EndsWith($"-of-{share.Size}{Ending}", StringComparison.Ordinal))
                .ToList();

            // At once: whether somebody is still there may take a while to see.
            if (others.AsParallel().WithDegreeOfParallelism(Math.Clamp(others.Count, 1, 64)).FirstOrDefault(name => !IsFree(folder, name)) is { } other)
            {
                throw new EvaluationException(
                    $"'{folder.Name}': a run of another number of workers is at work in it ({Path.GetFileNameWithoutExtension(other)}); wait for it, or give another --out.");
            }

            return new WorkerLock(held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Whether a worker is at work.</summary>
    public static bool IsHeld(SharedFolder folder, string place, int rank, int size)
    {
        var name = Name(place, rank, size);
        return folder.Names(name).Count > 0 && !IsFree(folder, name);
    }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();

    private static bool IsFree(SharedFolder folder, string name)
    {
        using var free = folder.TryHold(name);
        return free is not null;
    }

    private static string Name(string place, int rank, int size) => FormattableString.Invariant($"{place}/worker-{rank}-of-{size}{Ending}");
}
