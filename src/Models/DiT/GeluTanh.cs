using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.DiT;

/// <summary>
/// The tanh approximation of GELU, which DiT uses: ½x(1 + tanh(u)) = x·σ(2u) with u = √(2/π)·(x + 0.044715·x³).
/// TorchSharp's own GELU is the exact one.
/// </summary>
internal static class GeluTanh
{
    /// <summary>2u = Linear·x + Cubic·x³</summary>
    public const double Linear = 1.5957691216057308;

    /// <inheritdoc cref="Linear"/>
    public const double Cubic = Linear * 0.044715;

    /// <summary>Applies the activation.</summary>
    /// <param name="x">Any shape; the caller gives it up: it is disposed, or it is the result.</param>
    /// <returns>The same shape; the caller owns it.</returns>
    public static Tensor Apply(Tensor x)
    {
        var isRecorded = AdaLNZero.RecordsGradient(x);
        if (!GeluTanhCpu.Supports(x, withSlope: isRecorded))
        {
            using var input = x;
            return Compose(input);
        }

        if (!isRecorded)
        {
            GeluTanhCpu.Overwrite(x);
            return x;
        }

        using var recorded = x;
        return Differentiable(recorded);
    }

    /// <summary>The formula in torch's operators, for any device and dtype.</summary>
    public static Tensor Compose(Tensor x)
    {
        using var scope = NewDisposeScope();
        var exponent = x * ((x.square() * Cubic) + Linear);
        return (x * exponent.sigmoid()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Value and slope are computed beside the graph; adding slope·(x − x), which is zero, records the slope as the gradient.
    /// Torch's operators would pass over memory a dozen times for the same. Differentiable once.
    /// </summary>
    private static Tensor Differentiable(Tensor x)
    {
        using var scope = NewDisposeScope();
        var constant = x.detach();
        var (value, slope) = GeluTanhCpu.ValueAndSlope(constant);
        return addcmul(value, slope, x - constant, 1).MoveToOuterDisposeScope();
    }
}
