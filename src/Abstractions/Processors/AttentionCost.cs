namespace DiTFastAttn;

/// <summary>What one call of a strategy costs, in multiply-accumulates; no bias, softmax or subtraction counted.</summary>
/// <param name="Projections">Query, key, value and output projection.</param>
/// <param name="Attention">Q·Kᵀ and P·V over the kept pairs.</param>
/// <param name="ResidualRefresh">
/// What refreshing the residual costs more as a second pass over the window. Counted apart, not part of <see cref="Total"/>:
/// a fused kernel gives it away.
/// </param>
public readonly record struct AttentionCost(long Projections, long Attention, long ResidualRefresh = 0)
{
    /// <summary>Projections and attention.</summary>
    public long Total => Projections + Attention;
}
