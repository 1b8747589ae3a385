namespace DiTFastAttn;

/// <summary>An open step: model calls on this thread belong to it until it is disposed.</summary>
public readonly struct StepScope : IDisposable, IEquatable<StepScope>
{
    private readonly Runs.RunFrame _frame;

    internal StepScope(Runs.RunFrame frame) => _frame = frame;

    /// <summary>Ends the step, on the thread that began it.</summary>
    public void Dispose() => _frame?.Leave();

    /// <inheritdoc/>
    public bool Equals(StepScope other) => ReferenceEquals(_frame, other._frame);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StepScope other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _frame?.GetHashCode() ?? 0;

    /// <summary>Whether both are the same step's scope.</summary>
    public static bool operator ==(StepScope left, StepScope right) => left.Equals(right);

    /// <summary>Whether they are different scopes.</summary>
    public static bool operator !=(StepScope left, StepScope right) => !left.Equals(right);
}
