using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>What a tower of CLIP gives. Both tensors belong to the caller.</summary>
/// <param name="States">One state a token, <c>[B, L, d]</c>.</param>
/// <param name="Pooled">One state a sample, <c>[B, d]</c>.</param>
public sealed record ClipStates(torch.Tensor States, torch.Tensor Pooled) : IDisposable
{
    /// <summary>Frees both.</summary>
    public void Dispose()
    {
        States.Dispose();
        Pooled.Dispose();
    }
}
