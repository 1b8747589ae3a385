using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
    private int _working;
    private Exception? _failure;

    [ThreadStatic]
    private static Scratch? t_scratch;

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
            var scratch = ScratchOf(program, problem);
            for (var tile = 0; tile < tiles; tile++)
            {
                program.Compute(problem, tile, scratch);
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
            var scratch = ScratchOf(_program!, *_problem);
            for (int tile; (tile = Interlocked.Increment(ref _next) - 1) < _tiles;)
            {
                _program!.Compute(*_problem, tile, scratch);
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

    private static float* ScratchOf(ITileProgram program, in AttentionProblem problem) =>
        (t_scratch ??= new Scratch()).Reserve(program.ScratchFloats(problem));

    /// <summary>Aligned memory of a thread, which grows with what it computes.</summary>
    private sealed class Scratch
    {
        private const int Alignment = 64;

        private float[] _memory = [];

        public float* Reserve(int floats)
        {
            var padding = Alignment / sizeof(float);
            if (_memory.Length < floats + padding)
            {
                _memory = GC.AllocateUninitializedArray<float>(floats + padding, pinned: true);
            }

            var start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
            return (float*)((start + Alignment - 1) & -Alignment);
        }
    }
}
