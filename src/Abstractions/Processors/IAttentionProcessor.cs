using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// An attention strategy: how a site computes its output at one step. Stateless and shared between runs and threads;
/// what it keeps from step to step goes through <see cref="AttentionCall"/> into the run.
/// </summary>
public interface IAttentionProcessor
{
    /// <summary>What the strategy reads, writes and needs.</summary>
    ProcessorTraits Traits { get; }

    /// <summary>Computes the site's output.</summary>
    /// <param name="call">The site, its tokens and the run's state of it.</param>
    /// <returns>Tokens <c>[b, L, d]</c> for the tokens of <paramref name="call"/>, a fresh handle that the caller owns.</returns>
    torch.Tensor Attend(in AttentionCall call);

    /// <summary>Cost of one call in multiply-accumulates: projections and attention, no bias, softmax or subtraction.</summary>
    /// <param name="shape">The whole batch's shape.</param>
    long MultiplyAccumulates(in SiteShape shape);

    /// <summary>
    /// What refreshing the residual costs more, as a second pass over the window. Counted apart: a fused kernel gives it
    /// away. 0 for a strategy that writes no residual.
    /// </summary>
    /// <param name="shape">The whole batch's shape.</param>
    long ResidualMultiplyAccumulates(in SiteShape shape) => 0;
}
