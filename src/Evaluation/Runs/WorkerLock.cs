namespace DiTFastAttn.Evaluation.Runs;

/// <summary>A worker's place in a folder that workers share: one process at a time, and one number of workers.</summary>
internal sealed class WorkerLock : IDisposable
{
    private const string Ending = ".lock";

    private readonly FileStream _held;

    private WorkerLock(FileStream held) => _held = held;

    /// <summary>Takes the place of a worker; the folder is made where it is not there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="share">Which worker.</param>
    /// <exception cref="EvaluationException">Somebody else is at work in it.</exception>
    public static WorkerLock Take(string folder, WorkerShare share)
    {
        Directory.CreateDirectory(folder);
        var held = TryOpen(Name(folder, share.Rank, share.Size))
            ?? throw new EvaluationException($"'{folder}': another process is at work in it as worker {share.Rank} of {share.Size}; wait for it, or give another --out.");
        try
        {
            foreach (var other in Directory.GetFiles(folder, "*" + Ending).Where(file => !file.EndsWith($"-of-{share.Size}{Ending}", StringComparison.Ordinal)))
            {
                using var free = TryOpen(other) ?? throw new EvaluationException(
                    $"'{folder}': a run of another number of workers is at work in it ({Path.GetFileNameWithoutExtension(other)}); wait for it, or give another --out.");
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
    public static bool IsHeld(string folder, int rank, int size)
    {
        var name = Name(folder, rank, size);
        if (!File.Exists(name))
        {
            return false;
        }

        using var free = TryOpen(name);
        return free is null;
    }

    /// <summary>Opens a file for this process alone, or gives <see langword="null"/> where another has it.</summary>
    public static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();

    private static string Name(string folder, int rank, int size) => Path.Combine(folder, FormattableString.Invariant($"worker-{rank}-of-{size}{Ending}"));
}
