using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.DiT;

/// <summary>The tanh approximation of GELU, which DiT uses; TorchSharp's own GELU is the exact one.</summary>
internal static class GeluTanh
{
    // ½x(1 + tanh(u)) = x·sigmoid(2u), u = √(2/π)·(x + 0.044715·x³)
    private static readonly double Linear = 2 * Math.Sqrt(2 / Math.PI);
    private static readonly double Cubic = Linear * 0.044715;

    /// <summary>Applies the activation.</summary>
    /// <param name="x">Any shape; the caller gives it up: it is disposed, or its memory holds the result.</param>
    /// <returns>The same shape; the caller owns it.</returns>
    public static Tensor Apply(Tensor x)
    {
        using var input = x;
        if (AdaLNZero.RecordsGradient(input))
        {
            using var scope = NewDisposeScope();
            var exponent = input * ((input.square() * Cubic) + Linear);
            return (input * exponent.sigmoid()).MoveToOuterDisposeScope();
        }

        using var gate = input.square().mul_(Cubic).add_(Linear).mul_(input).sigmoid_();
        return input.mul(gate);
    }
}
