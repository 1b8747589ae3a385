namespace DiTFastAttn;

/// <summary>An open step: model calls on this thread belong to it until it is disposed.</summary>
public readonly struct StepScope : IDisposable, IEquatable<StepScope>
{
    private readonly Runs.RunFrame _frame;
    private readonly int _pass;

    internal StepScope(Runs.RunFrame frame, int pass)
    {
        _frame = frame;
        _pass = pass;
    }

    /// <summary>Ends the step, on the thread that began it. Again is harmless.</summary>
    /// <exception cref="InvalidOperationException">Another thread began it, or a step of another run began after it and is open.</exception>
    public void Dispose() => _frame?.Leave(_pass);

    /// <inheritdoc/>
    public bool Equals(StepScope other) => ReferenceEquals(_frame, other._frame) && _pass == other._pass;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StepScope other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_frame, _pass);

    /// <summary>Whether both are the same step's scope.</summary>
    public static bool operator ==(StepScope left, StepScope right) => left.Equals(right);

    /// <summary>Whether they are different scopes.</summary>
    public static bool operator !=(StepScope left, StepScope right) => !left.Equals(right);
}
