using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.DiT;

/// <summary>Whole model calls out of their blocks.</summary>
internal static class BlockChains
{
    /// <summary>Takes all blocks, each block's input freed as soon as the next one is there.</summary>
    /// <returns>The model's output; the caller owns it.</returns>
    public static Tensor TakeAll(this IBlockChain chain)
    {
        using var scope = NewDisposeScope();
        var tokens = chain.Embed();
        for (var block = 0; block < chain.Blocks; block++)
        {
            var previous = tokens;
            tokens = chain.Apply(block, previous);
            previous.Dispose();
        }

        return chain.Finish(tokens).MoveToOuterDisposeScope();
    }
}
