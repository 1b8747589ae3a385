using DiTFastAttn.Evaluation;
using DiTFastAttn.Evaluation.Runs;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Generate;

/// <summary>
/// A worker's share of what is to be made, by batches that begin at multiples of the batch: whoever makes one, and however often it was interrupted, it is the
/// same to the last bit. Of several workers each goes on where it stopped; a process alone does so where it is told to.
/// </summary>
internal sealed class GenerationShare : IDisposable
{
    /// <summary>More than stands before a picture's pixels.</summary>
    private const int MetadataBytes = 1 << 16;

    private readonly WorkerLock? _lock;
    private readonly bool _resumes;

    private GenerationShare(SharedFolder folder, WorkerShare worker, WorkerLock? held, bool resumes) => (Folder, Worker, _lock, _resumes) = (folder, worker, held, resumes);

    /// <summary>Where is written.</summary>
    public SharedFolder Folder { get; }

    /// <summary>Which worker this is.</summary>
    public WorkerShare Worker { get; }

    /// <summary>Enters the folder that workers share.</summary>
    /// <param name="call">The call.</param>
    /// <param name="folder">Where is written; stays the caller's.</param>
    /// <exception cref="EvaluationException">Somebody is at work in it as this worker, or one of another number of workers is.</exception>
    public static GenerationShare Enter(VerbCall call, SharedFolder folder)
    {
        var worker = WorkerChoice.Of(call);
        if (worker.Size == 1)
        {
            return new GenerationShare(folder, worker, null, call.Get(CommonOptions.Resume));
        }

        call.Terminal.Log.WriteLine(Invariant($"worker {worker.Rank} of {worker.Size} ({worker.Source})"));
        return new GenerationShare(folder, worker, WorkerLock.Take(folder, "workers", worker), resumes: true);
    }

    /// <summary>What is this worker's.</summary>
    /// <param name="files">Everything, in order.</param>
    /// <param name="batch">How many at a time.</param>
    public List<T> Own<T>(IReadOnlyList<T> files, int batch) => [.. files.Chunk(batch).Where((_, index) => Worker.Has(index)).SelectMany(part => part)];

    /// <summary>What is this worker's and has to be made: batches of which something is missing.</summary>
    /// <param name="files">Everything, in order.</param>
    /// <param name="batch">How many at a time.</param>
    /// <param name="isDone">Whether one is there; throws where it was made with other settings, also of another worker's.</param>
    public List<T> Missing<T>(IReadOnlyList<T> files, int batch, Func<T, bool> isDone)
    {
        if (!_resumes)
        {
            return [.. files];
        }

        Folder.FetchBeginnings("", MetadataBytes);
        bool[] done = [.. files.Select(isDone)];
        return [.. files.Index().Chunk(batch).Where((part, index) => Worker.Has(index) && part.Any(file => !done[file.Index])).SelectMany(part => part.Select(file => file.Item))];
    }

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();
}
