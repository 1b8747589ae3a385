using TorchSharp;

namespace DiTFastAttn;

/// <summary>What a site's projection hands to attention: softmax(scale · Q·Kᵀ + bias)·V over the keys that take part.</summary>
/// <param name="Query">Queries <c>[B, H, Lq, D]</c>; any strides.</param>
/// <param name="Key">Keys <c>[B, G, Lk, D]</c>; any strides. G divides H: a group of H/G heads shares keys and values; mostly G = H.</param>
/// <param name="Value">Values <c>[B, G, Lk, D]</c>; any strides.</param>
/// <remarks>
/// All tensors are owned by whoever called the projection and disposed after the attention: a projection returns fresh handles
/// (views are fine; <c>mask?.alias()</c>), never its own input and never a tensor it keeps.
/// </remarks>
public readonly record struct AttentionInput(torch.Tensor Query, torch.Tensor Key, torch.Tensor Value) : IDisposable
{
    /// <summary>Which keys take part: bool <c>[B, Lk]</c>, or <see langword="null"/> for all. A query that sees no key gives zeros, as torch's operator does.</summary>
    public torch.Tensor? KeyMask { get; init; }

    /// <summary>Added to the scores: floating point <c>[B or 1, H or 1, Lq or 1, Lk]</c>, for example T5's relative positions; or <see langword="null"/>.</summary>
    public torch.Tensor? Bias { get; init; }

    /// <summary>Factor of Q·Kᵀ; 1/√D where it is <see langword="null"/>.</summary>
    public double? Scale { get; init; }

    /// <summary>Whether query i sees the keys j ≤ i only.</summary>
    public bool IsCausal { get; init; }

    /// <summary>How the tokens lie: one sequence where nothing is said.</summary>
    public TokenLayout Layout { get; init; }

    /// <summary>Number of query tokens Lq.</summary>
    public long Tokens => Query.size(2);

    /// <summary>Frees the handles.</summary>
    public void Dispose()
    {
        Query.Dispose();
        Key.Dispose();
        Value.Dispose();
        KeyMask?.Dispose();
        Bias?.Dispose();
    }
}
