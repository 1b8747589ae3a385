using System.Runtime.CompilerServices;
using TorchSharp;

namespace DiTFastAttn.Runs;

/// <summary>
/// One open step of one run: what the generated code finds on its thread. A run has one frame and reuses it for every
/// step, so opening a step allocates nothing.
/// </summary>
internal sealed class RunFrame
{
    [ThreadStatic]
    private static RunFrame? s_current;

    private readonly SiteMemory[] _memory;
    private readonly int[] _computedAt;
    private object?[]? _arguments;
    private PlannedRow? _row;
    private int _pass;

    public RunFrame(AttachedModel model, Guidance guidance, AttentionWindow? window, bool counts = false)
    {
        Model = model;
        Guidance = guidance;
        Window = window;
        _memory = new SiteMemory[model.Sites.Count];
        _computedAt = new int[model.Sites.Count];
        Counts = counts ? new SiteCounts(model.Sites.Count) : null;
        Kernel = Counts is null ? model.Kernel : new CountingKernel(model.Kernel, Counts);
        for (var i = 0; i < _memory.Length; i++)
        {
            _memory[i] = new SiteMemory(Memory, model.StateStorage);
        }
    }

    public static RunFrame? Current => s_current;

    public AttachedModel Model { get; }

    public Guidance Guidance { get; }

    public AttentionWindow? Window { get; }

    public RunMemory Memory { get; } = new();

    /// <summary>What the sites have computed, where that is counted.</summary>
    public SiteCounts? Counts { get; }

    /// <summary>The model's kernel; where costs are counted, one that counts what it is given.</summary>
    public IAttentionKernel Kernel { get; }

    public int StepIndex { get; private set; }

    /// <summary>Sites called since the frame was entered.</summary>
    public int SitesCalled { get; private set; }

    /// <summary>The frame that was current when this one was entered: a run of another model around this one.</summary>
    public RunFrame? Outer { get; private set; }

    public bool IsEntered => _row is not null;

    /// <summary>A frame that begins with handles of its own on everything this one holds.</summary>
    public RunFrame Fork()
    {
        var fork = new RunFrame(Model, Guidance, Window);
        for (var i = 0; i < _memory.Length; i++)
        {
            fork._memory[i].CopyFrom(_memory[i]);
        }

        return fork;
    }

    /// <summary>Makes this the current frame of the thread.</summary>
    /// <returns>The scope that ends it.</returns>
    public StepScope Enter(int step, PlannedRow row)
    {
        StepIndex = step;
        _row = row;
        _pass++;
        SitesCalled = 0;
        Outer = s_current;
        s_current = this;
        return new StepScope(this, _pass);
    }

    /// <summary>Ends a step unless it has ended: a scope may be disposed twice, also when a later step is open.</summary>
    /// <param name="pass">Which of the frame's steps.</param>
    public void Leave(int pass)
    {
        if (_row is null || pass != _pass)
        {
            return;
        }

        if (!ReferenceEquals(s_current, this))
        {
            throw new InvalidOperationException(
                "a step was ended on another thread than it began on, or in another order: dispose the step where the model was called.");
        }

        s_current = Outer;
        Outer = null;
        _row = null;
    }

    public torch.Tensor Attend(AttentionSite site, torch.Tensor hidden)
    {
        var index = site.Index;
        if (_computedAt[index] == _pass)
        {
            throw new InvalidOperationException(
                $"site '{site.Name}' was called twice in step {StepIndex}: run both guidance halves in one batch, one model call a step.");
        }

        _computedAt[index] = _pass;
        SitesCalled++;
        Counts?.Current = index;
        var row = _row!;
        var output = row.Processors[index].Attend(new AttentionCall(this, site, hidden));
        if ((row.Keeps[index] & SiteState.Output) != SiteState.None)
        {
            _memory[index].StoreOutput(output);
        }

        if (row.Frees[index] != SiteState.None)
        {
            _memory[index].Free(row.Frees[index]);
        }

        foreach (var state in row.OwnFrees[index])
        {
            _memory[index].Own.Free(state);
        }

        return output;
    }

    public bool Keeps(int site, SiteState kind) => (_row!.Keeps[site] & kind) != SiteState.None;

    public bool Keeps(int site, OwnState state) => _row!.OwnKeeps[site].Contains(state);

    public SiteMemory StateOf(int site) => _memory[site];

    /// <summary>Where a site's arguments lie during its call: one object a run, so that a call allocates nothing.</summary>
    public StrongBox<TArguments> ArgumentsOf<TArguments>(int site)
        where TArguments : struct
    {
        _arguments ??= new object?[_memory.Length];
        return (StrongBox<TArguments>)(_arguments[site] ??= new StrongBox<TArguments>());
    }

    /// <summary>Ends the open step, if there is one, and frees everything.</summary>
    public void Close()
    {
        Leave(_pass);
        foreach (var memory in _memory)
        {
            memory.Dispose();
        }
    }
}
