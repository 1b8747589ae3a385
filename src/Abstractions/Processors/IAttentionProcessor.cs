using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// An attention strategy: how a site computes its output at one step. Stateless and shared between runs and threads;
/// what it keeps from step to step goes through <see cref="AttentionCall"/> into the run.
/// </summary>
public interface IAttentionProcessor : IAttentionStrategy
{
    /// <summary>What the strategy reads, writes and needs.</summary>
    ProcessorTraits Traits { get; }

    /// <summary>Computes the site's output.</summary>
    /// <param name="call">The site, its tokens and the run's state of it.</param>
    /// <returns>Tokens <c>[b, L, d]</c> for the tokens of <paramref name="call"/>, a fresh handle that the caller owns.</returns>
    torch.Tensor Attend(in AttentionCall call);

    /// <summary>What one call costs.</summary>
    /// <param name="shape">The whole batch's shape.</param>
    AttentionCost Cost(in SiteShape shape);
}
