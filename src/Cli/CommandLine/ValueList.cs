namespace DiTFastAttn.Cli;

/// <summary>The values of an option that takes several; the help shows a default as it would be typed.</summary>
/// <remarks>Not a collection itself: the help would show its elements in a notation of its own.</remarks>
/// <param name="values">The values, at least one.</param>
/// <param name="write">Writes a value as the user would.</param>
internal sealed class ValueList<T>(IReadOnlyList<T> values, Func<T, string> write)
{
    public IReadOnlyList<T> Values => values;

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', values.Select(write));
}
