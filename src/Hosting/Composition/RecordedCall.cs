using TorchSharp;

namespace DiTFastAttn.Hosting.Composition;

/// <summary>One call of a site that was recorded.</summary>
/// <param name="Site">The site's name.</param>
/// <param name="Step">Step of the run, from 0.</param>
/// <param name="Strategy">The strategy's id, composites as the plan names them.</param>
/// <param name="Tokens">What came in, <c>[B, L, d]</c>; belongs to the recording.</param>
/// <param name="Output">What went out, <c>[B, L, d]</c>; belongs to the recording.</param>
public sealed record RecordedCall(string Site, int Step, string Strategy, torch.Tensor Tokens, torch.Tensor Output);
