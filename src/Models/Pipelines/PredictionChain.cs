using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>A trajectory's model call taken block by block, without gradients, with the batch that it is made on.</summary>
/// <param name="chain">The model's blocks; belong to this object from here on.</param>
/// <param name="batch">The tensors that the call was begun with; belong to this object from here on.</param>
internal sealed class PredictionChain(IBlockChain chain, params Tensor?[] batch) : IBlockChain
{
    public int Blocks => chain.Blocks;

    public Tensor Embed()
    {
        using var noGrad = no_grad();
        return chain.Embed();
    }

    public Tensor Apply(int block, Tensor tokens)
    {
        using var noGrad = no_grad();
        return chain.Apply(block, tokens);
    }

    public Tensor Finish(Tensor tokens)
    {
        using var noGrad = no_grad();
        return chain.Finish(tokens);
    }

    public void Dispose()
    {
        chain.Dispose();
        foreach (var tensor in batch)
        {
            tensor?.Dispose();
        }
    }
}
