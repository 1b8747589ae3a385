namespace DiTFastAttn;

/// <summary>The sizes that a strategy's cost is a function of.</summary>
/// <param name="Batch">Whole batch B, both guidance halves where there are two.</param>
/// <param name="Tokens">L</param>
/// <param name="Heads">H</param>
/// <param name="HeadWidth">D</param>
/// <param name="Window">w in tokens.</param>
public readonly record struct SiteShape(long Batch, long Tokens, long Heads, long HeadWidth, long Window)
{
    private readonly long _windowPairs;

    // One more than the window that the pairs were given for: a strategy that looks at a window of its own gets that one's.
    private readonly long _windowOfPairs;

    // 0: as many as there are queries.
    private readonly long _keyTokens;

    /// <summary>d = H·D</summary>
    public long Width => Heads * HeadWidth;

    /// <summary>Keys Lk: L unless another number is given, as the length of a text in cross-attention.</summary>
    public long KeyTokens
    {
        get => _keyTokens == 0 ? Tokens : _keyTokens;
        init => _keyTokens = value;
    }

    /// <summary>Pairs (query, key) that the window keeps: L(2w+1) − w(w+1), or L² where it sees all, unless another number is given.</summary>
    public long WindowPairs
    {
        get => _windowOfPairs == Window + 1 ? _windowPairs
            : Window < Tokens - 1 ? (Tokens * ((2 * Window) + 1)) - (Window * (Window + 1))
            : Tokens * Tokens;
        init => (_windowPairs, _windowOfPairs) = (value, Window + 1);
    }

    /// <summary>Multiply-accumulates of one token of a sub-layer that is no attention; 0 for attention.</summary>
    public long SubLayerOfToken { get; init; }

    /// <summary>Whether it is a sub-layer without attention.</summary>
    public bool IsSubLayer => SubLayerOfToken > 0;

    /// <summary>Multiply-accumulates of a sub-layer that is no attention.</summary>
    public long SubLayer => SubLayerOfToken * Tokens * Batch;

    /// <summary>Multiply-accumulates of the four projections: 2·(L + Lk)·d²·B.</summary>
    public long Projections => 2 * (Tokens + KeyTokens) * Width * Width * Batch;

    /// <summary>Multiply-accumulates of Q·Kᵀ and P·V over all pairs: 2·d·B·L·Lk.</summary>
    public long FullAttention => 2 * Width * Batch * Tokens * KeyTokens;

    /// <summary>Multiply-accumulates of Q·Kᵀ and P·V over the window's pairs: 2·d·B·P.</summary>
    public long WindowAttention => 2 * Width * Batch * WindowPairs;
}
