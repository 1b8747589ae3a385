using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>
/// Owns the tensors created on its thread while it is the innermost scope, and disposes them when it ends. A tensor that has to live longer
/// is moved to the outer scope or detached.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    private DisposeScopeManager? thread;
    private HashSet<IDisposable> disposables = new(ReferenceEqualityComparer.Instance);

    internal DisposeScope(DisposeScopeManager thread)
    {
        this.thread = thread;
        OuterScope = thread.CurrentDisposeScope;
    }

    /// <summary>How many tensors the scope owns now.</summary>
    public int DisposablesCount
    {
        get
        {
            ThrowIfEnded();
            return disposables.Count;
        }
    }

    /// <summary>A copy of what the scope owns now.</summary>
    public IReadOnlyList<IDisposable> DisposablesView
    {
        get
        {
            ThrowIfEnded();
            return [.. disposables];
        }
    }

    internal DisposeScope? OuterScope { get; set; }

    /// <summary>Hands tensors to the outer scope; without one they belong to nobody.</summary>
    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope!, disposables);

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter(disposables.AsEnumerable());

    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        MoveToOuter(Enumerate(disposable));
        return disposable;
    }

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        MoveToOuter(Enumerate(first, second));
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        MoveToOuter(Enumerate(first, second, third));
        return (first, second, third);
    }

    /// <summary>Hands tensors that this scope owns to <paramref name="scope"/>; with null they belong to nobody.</summary>
    public void MoveToOther(DisposeScope scope, IEnumerable<IDisposable> disposables)
    {
        ThrowIfEnded();
        if (scope is null)
        {
            Detach(disposables);
            return;
        }
        foreach (var disposable in disposables)
            if (this.disposables.Remove(disposable))
                scope.Add(disposable);
    }

    public void MoveToOther(DisposeScope scope, params IDisposable[] disposables) => MoveToOther(scope, disposables.AsEnumerable());

    public T MoveToOther<T>(DisposeScope scope, T disposable) where T : IDisposable
    {
        MoveToOther(scope, Enumerate(disposable));
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope scope, T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        MoveToOther(scope, Enumerate(first, second));
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope scope, T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        MoveToOther(scope, Enumerate(first, second, third));
        return (first, second, third);
    }

    /// <summary>Takes tensors out of every scope: whoever holds them disposes them.</summary>
    public void Detach(IEnumerable<IDisposable> disposables)
    {
        ThrowIfEnded();
        var statistics = thread!.StatisticsInstance.TensorStatistics;
        foreach (var disposable in disposables)
        {
            if (!this.disposables.Remove(disposable)) continue;
            statistics.DetachedFromScopeCount++;
            ((Tensor)disposable).OwningDisposeScope = null;
        }
    }

    public void Detach(params IDisposable[] disposables) => Detach(disposables.AsEnumerable());

    public T Detach<T>(T disposable) where T : IDisposable
    {
        Detach(Enumerate(disposable));
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        Detach(Enumerate(first, second));
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        Detach(Enumerate(first, second, third));
        return (first, second, third);
    }

    /// <summary>Takes tensors into this scope, from whichever scope owned them.</summary>
    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        ThrowIfEnded();
        var statistics = thread!.StatisticsInstance.TensorStatistics;
        var attached = disposables.ToList();
        foreach (var disposable in attached)
            if (Add(disposable))
                statistics.AttachedToScopeCount++;
        return attached;
    }

    public void Attach(IDisposable disposable) => Attach(Enumerate(disposable));

    public void Attach(params IDisposable[] disposables) => Attach(disposables.AsEnumerable());

    /// <summary>Disposes what the scope owns; the scope goes on.</summary>
    public void DisposeEverything() => DisposeEverythingBut(Enumerable.Empty<IDisposable>());

    /// <summary>Disposes what the scope owns except <paramref name="inKeep"/>, which it then owns; the scope goes on.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        ThrowIfEnded();
        var owned = disposables;
        disposables = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        foreach (var disposable in owned)
            if (!disposables.Contains(disposable))
                disposable.Dispose();
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut(keep.AsEnumerable());

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut(Enumerate(keep));
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut(Enumerate(first, second));
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut(Enumerate(first, second, third));
        return (first, second, third);
    }

    /// <summary>Ends the scope and disposes what it owns.</summary>
    public void Dispose()
    {
        if (thread is null) return;
        DisposeEverything();
        thread.RemoveDisposeScope(this);
        thread = null;
    }

    /// <summary>Tells the scope that one of its tensors was disposed by hand. Tensors do so themselves.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        ThrowIfEnded();
        disposables.Remove(disposable);
        if (disposable is Tensor tensor) tensor.OwningDisposeScope = null;
    }

    public bool Contains(IDisposable disposable) => disposables.Contains(disposable);

    internal void Register(Tensor tensor) => disposables.Add(tensor);

    private bool Add(IDisposable disposable)
    {
        if (disposable is not Tensor tensor) throw new InvalidOperationException("DisposeScope can only manage Tensor or PackedSequence");
        var owner = tensor.OwningDisposeScope;
        if (ReferenceEquals(owner, this)) return false;
        disposables.Add(tensor);
        owner?.disposables.Remove(tensor);
        tensor.OwningDisposeScope = this;
        return true;
    }

    private static IEnumerable<IDisposable> Enumerate(params IDisposable[] disposables) => disposables;

    private void ThrowIfEnded() => ObjectDisposedException.ThrowIf(thread is null, this);
}
