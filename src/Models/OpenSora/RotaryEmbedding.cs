using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>
/// Rotary position embedding (Su et al. 2021, arXiv 2104.09864) over frames: neighbouring pairs of a head's channels are rotated by
/// position·10000^(−2k/D).
/// </summary>
internal sealed class RotaryEmbedding : Module<long, Tensor>
{
    private readonly Parameter freqs;

    public RotaryEmbedding(int headWidth)
        : base(nameof(RotaryEmbedding))
    {
        freqs = Parameter(
            tensor([.. Enumerable.Range(0, headWidth / 2).Select(k => 1 / MathF.Pow(10000, 2f * k / headWidth))], ScalarType.Float32), requires_grad: false);
        RegisterComponents();
    }

    /// <summary>Cosines and sines of so many positions, each of a pair's channels the same.</summary>
    /// <param name="positions">T</param>
    /// <returns><c>[2, T, D]</c>, float32; the caller owns it.</returns>
    public override Tensor forward(long positions)
    {
        using var scope = NewDisposeScope();
        var angles = arange(positions, dtype: ScalarType.Float32, device: freqs.device).unsqueeze(1) * freqs.to(ScalarType.Float32); // [T, D/2]
        var pairs = angles.repeat_interleave(2, 1);
        return stack([pairs.cos(), pairs.sin()]).MoveToOuterDisposeScope();
    }

    /// <summary>Rotates: (a, b) becomes (a·cos − b·sin, b·cos + a·sin).</summary>
    /// <param name="x"><c>[…, T, D]</c>; stays the caller's.</param>
    /// <param name="rotation">What <see cref="forward"/> gave.</param>
    /// <returns><c>[…, T, D]</c>; the caller owns it.</returns>
    public static Tensor Rotate(Tensor x, Tensor rotation)
    {
        using var scope = NewDisposeScope();
        var (cosines, sines) = (rotation[0].to(x.dtype), rotation[1].to(x.dtype));
        var pairs = x.unflatten(-1, [x.shape[^1] / 2, 2]); // [..., T, D/2, 2]
        var turned = stack([-pairs.select(-1, 1), pairs.select(-1, 0)], -1).flatten(-2); // (a, b) -> (-b, a)
        return addcmul(x * cosines, turned, sines, 1).MoveToOuterDisposeScope();
    }
}
