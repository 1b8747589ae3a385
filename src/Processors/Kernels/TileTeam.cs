using System.Diagnostics.CodeAnalysis;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// A fixed team of threads that computes the tiles of one problem at a time, the caller among them. Threads sleep between calls, so they
/// take nothing from torch's own.
/// </summary>
internal sealed unsafe class TileTeam
{
    private readonly Lock _busy = new();
    private readonly List<AutoResetEvent> _wake = [];
    private readonly ManualResetEventSlim _done = new();
    private ITileProgram? _program;
    private AttentionProblem* _problem;
    private int _tiles;
    private int _next;
    private int _threads;
    private int _working;
    private Exception? _failure;

    [ThreadStatic]
    private static TileWorkspace? t_workspace;

    private TileTeam()
    {
    }

    public static TileTeam Shared { get; } = new();

    /// <summary>Computes all tiles on at most <paramref name="threads"/> threads and returns when the last one is done.</summary>
    public void Run(ITileProgram program, in AttentionProblem problem, int threads)
    {
        var tiles = program.CountTiles(problem);
        threads = Math.Min(threads, tiles);
        // Another thread's call has the team: this one works alone rather than waiting. The result is the same.
        if (threads <= 1 || !_busy.TryEnter())
        {
            var workspace = WorkspaceFor(program, problem);
            for (var tile = 0; tile < tiles; tile++)
            {
                program.Compute(problem, tile, workspace);
            }

            return;
        }

        try
        {
            fixed (AttentionProblem* shared = &problem)
            {
                RunShared(program, shared, tiles, threads);
            }
        }
        finally
        {
            _busy.Exit();
        }
    }

    private void RunShared(ITileProgram program, AttentionProblem* problem, int tiles, int threads)
    {
        _program = program;
        _problem = problem;
        _tiles = tiles;
        _next = 0;
        _failure = null;
        _threads = threads;
        _working = threads;
        _done.Reset();
        for (var worker = 0; worker < threads - 1; worker++)
        {
            if (worker == _wake.Count)
            {
                Hire();
            }

            _wake[worker].Set();
        }

        TakeTiles();
        // The workers hold pointers into this call: it must not return before the last of them is done, whatever happens.
        _done.Wait();
        if (_failure is { } failure)
        {
            throw new InvalidOperationException($"A thread of the attention kernel failed: {failure.Message}", failure);
        }
    }

    private void Hire()
    {
        var wake = new AutoResetEvent(initialState: false);
        _wake.Add(wake);
        new Thread(() =>
        {
            while (true)
            {
                wake.WaitOne();
                TakeTiles();
            }
        })
        {
            IsBackground = true,
            Name = "attention kernel",
        }.Start();
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "handed to the caller's thread")]
    private void TakeTiles()
    {
        try
        {
            var workspace = WorkspaceFor(_program!, *_problem);
            while (TryTake(out var first, out var end))
            {
                for (var tile = first; tile < end; tile++)
                {
                    _program!.Compute(*_problem, tile, workspace);
                }
            }
        }
        catch (Exception exception)
        {
            _failure = exception;
            Interlocked.Exchange(ref _next, _tiles);
        }

        if (Interlocked.Decrement(ref _working) == 0)
        {
            _done.Set();
        }
    }

    // Long runs at first, so that few threads pack the same head, single tiles at the end, so that all finish together.
    private bool TryTake(out int first, out int end)
    {
        do
        {
            first = Volatile.Read(ref _next);
            end = Math.Min(_tiles, first + Math.Max(1, (_tiles - first) / (2 * _threads)));
        }
        while (first < _tiles && Interlocked.CompareExchange(ref _next, end, first) != first);

        return first < _tiles;
    }

    private static TileWorkspace WorkspaceFor(ITileProgram program, in AttentionProblem problem)
    {
        var workspace = t_workspace ??= new TileWorkspace();
        workspace.Begin(program, problem);
        return workspace;
    }
}
