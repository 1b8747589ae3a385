using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Standard normal noise by formula <c>splitmix-boxmuller/1</c>: every number is a function of the seed, the picture's number in its run, the draw and
/// the element's index. So a picture's noise is the same on every device, alone and in any batch, and no state has to be kept to make it again.
/// </summary>
/// <remarks>
/// With mix the finaliser of SplitMix64 and γ = 0x9E3779B97F4A7C15, all modulo 2⁶⁴: key = mix(mix(mix(seed + γ) ⊕ (picture + 1)·γ) ⊕ (draw + 1)·γ) and
/// bits(j) = mix(key + (j + 1)·γ). Elements 2p and 2p + 1 are r·cos(2πv) and r·sin(2πv), with r = √(−2 ln u), u = (⌊bits(2p)/2¹¹⌋ + 1)·2⁻⁵³ and
/// v = ⌊bits(2p + 1)/2¹¹⌋·2⁻⁵³ (Box and Muller 1958), computed in float64 and rounded to float32.
/// </remarks>
public static class PictureNoise
{
    /// <summary>The formula's name, as the metadata of pictures records it.</summary>
    public const string Formula = "splitmix-boxmuller/1";

    private const ulong Gamma = 0x9E3779B97F4A7C15;

    /// <summary>Noise of one draw for several pictures.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="pictures">The pictures' numbers in the run, from 0.</param>
    /// <param name="draw">0 for the first latents, 1 + t for what the scheduler adds at step t.</param>
    /// <param name="shape">A picture's shape <c>[C, H, W]</c>.</param>
    /// <returns><c>[n, C, H, W]</c>, float32 on the CPU; the caller owns it.</returns>
    public static Tensor Draw(long seed, IReadOnlyList<int> pictures, int draw, params IReadOnlyList<long> shape)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentOutOfRangeException.ThrowIfNegative(draw);
        var elements = checked((int)shape.Aggregate(1L, (product, size) => product * size));
        var noise = empty([pictures.Count, .. shape], dtype: ScalarType.Float32);
        var values = MemoryMarshal.Cast<byte, float>(noise.bytes);
        for (var i = 0; i < pictures.Count; i++)
        {
            var key = Mix(Mix(Mix((ulong)seed + Gamma) ^ (((ulong)pictures[i] + 1) * Gamma)) ^ (((ulong)draw + 1) * Gamma));
            Fill(values.Slice(i * elements, elements), key);
        }

        return noise;
    }

    private static void Fill(Span<float> values, ulong key)
    {
        const double Unit = 1.0 / (1UL << 53);
        for (var i = 0; i < values.Length; i += 2)
        {
            var radius = Math.Sqrt(-2 * Math.Log(((Mix(key + ((ulong)(i + 1) * Gamma)) >> 11) + 1) * Unit));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * ((Mix(key + ((ulong)(i + 2) * Gamma)) >> 11) * Unit));
            values[i] = (float)(radius * cosine);
            if (i + 1 < values.Length)
            {
                values[i + 1] = (float)(radius * sine);
            }
        }
    }

    private static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
