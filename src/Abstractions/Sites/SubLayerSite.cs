using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// One sub-layer of one module instance that is no attention, as a rule a feed-forward: strategies compute it whole or reuse its output. The generator
/// derives a class for each declared site; its objects exist while the model is attached.
/// </summary>
public abstract class SubLayerSite : AttentionSite
{
    /// <summary><see cref="SiteKind.SubLayer"/></summary>
    public sealed override SiteKind Kind => SiteKind.SubLayer;

    /// <summary>1: what is kept of a sub-layer has the width of its tokens.</summary>
    public sealed override long Heads => 1;

    /// <summary>Multiply-accumulates of one token.</summary>
    public abstract long MultiplyAccumulates { get; }

    /// <summary>Computes the sub-layer. The caller owns the result.</summary>
    /// <param name="hidden">Tokens <c>[b, L, d]</c>: the whole batch or one guidance half.</param>
    /// <returns><c>[b, L, d]</c></returns>
    public abstract torch.Tensor Compute(torch.Tensor hidden);

    /// <summary>Computes the site for the current step of the current run; as it is declared outside a run, and where the model is attached without its sub-layers.</summary>
    /// <param name="hidden">Tokens <c>[B, L, d]</c>, both guidance halves where there are two.</param>
    /// <returns><c>[B, L, d]</c>, owned by the caller.</returns>
    public torch.Tensor Attend(torch.Tensor hidden) => Index >= 0 && FindFrame() is { } frame ? frame.Attend(this, hidden) : Compute(hidden);

    internal sealed override AttentionInput Project(in AttentionCall call) => throw NoAttention();

    internal sealed override torch.Tensor Output(torch.Tensor attended, in AttentionCall call) => throw NoAttention();

    private InvalidOperationException NoAttention()
        => new($"site '{Name}' is a sub-layer without attention: its strategy declares Traits.ServesSubLayers and projects it to queries and keys all the same.");
}
