using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// One model call taken apart: embedding, a chain of blocks, and what follows them. Taking all blocks in order gives the bits of the whole call,
/// so a search that changes something in block i need not compute the blocks before it again.
/// </summary>
public interface IBlockChain : IDisposable
{
    /// <summary>Number of blocks.</summary>
    int Blocks { get; }

    /// <summary>The tokens before the first block.</summary>
    /// <returns><c>[B, L, d]</c>; the caller owns it.</returns>
    torch.Tensor Embed();

    /// <summary>Computes one block.</summary>
    /// <param name="block">Index, from 0.</param>
    /// <param name="tokens">The tokens before it, <c>[B, L, d]</c>; stays the caller's and unchanged.</param>
    /// <returns>The tokens behind it, <c>[B, L, d]</c>; the caller owns it.</returns>
    torch.Tensor Apply(int block, torch.Tensor tokens);

    /// <summary>Computes what follows the last block.</summary>
    /// <param name="tokens">The tokens behind the last block, <c>[B, L, d]</c>; stays the caller's.</param>
    /// <returns>The model's output; the caller owns it.</returns>
    torch.Tensor Finish(torch.Tensor tokens);
}
