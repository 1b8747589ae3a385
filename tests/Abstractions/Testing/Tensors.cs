using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Tests.Testing;

/// <summary>Tensors for tests and their comparison.</summary>
public static class Tensors
{
    /// <summary>Tokens <c>[B, L, 8]</c>, the same for the same seed.</summary>
    /// <param name="batch">B</param>
    /// <param name="tokens">L</param>
    /// <param name="seed">Of the random numbers.</param>
    public static Tensor Tokens(long batch, long tokens, long seed)
    {
        using var generator = new Generator((ulong)seed);
        return randn([batch, tokens, 8], generator: generator);
    }

    /// <summary>All elements, to compare bit by bit.</summary>
    public static float[] Values(this Tensor tensor)
    {
        using var contiguous = tensor.contiguous();
        return contiguous.data<float>().ToArray();
    }
}
