namespace DiTFastAttn;

/// <summary>
/// A tensor that a strategy of one's own has the run keep for each site, beside residual and output: a difference, a moment, a
/// mask. Declared in <see cref="ProcessorTraits"/>, stored and read through <see cref="AttentionCall"/>; two of one name are the same.
/// </summary>
/// <param name="Name">For example <c>delta.change</c>: the strategy's id first, so that strategies do not meet by chance.</param>
public sealed record OwnState(string Name);
