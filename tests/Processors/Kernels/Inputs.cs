using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>Query <c>[B, H, Lq, D]</c>, key and value <c>[B, H, Lk, D]</c>, of normal elements, the same for the same seed.</summary>
internal sealed record Inputs(torch.Tensor Query, torch.Tensor Key, torch.Tensor Value)
{
    public AttentionInput Attention => new(Query, Key, Value);

    public static Inputs Plain(int batch, int heads, int length, int width, int? keyLength = null, float scale = 1, int seed = 1) =>
        new(
            Normal(seed, scale, batch, heads, length, width),
            Normal(seed + 1, scale, batch, heads, keyLength ?? length, width),
            Normal(seed + 2, 1, batch, heads, keyLength ?? length, width));

    /// <summary>Views of a packed projection [B, L, 3, H, D].</summary>
    public static Inputs Packed(int batch, int heads, int length, int width, int seed = 1)
    {
        // [B, L, 3, H, D] -> [B, H, 3, L, D] -> three times [B, H, L, D]
        var packed = Normal(seed, 1, batch, length, 3, heads, width).transpose(1, 3);
        return new(packed.select(2, 0), packed.select(2, 1), packed.select(2, 2));
    }

    public static torch.Tensor Normal(int seed, float scale, params long[] shape)
    {
        var random = new Random(seed);
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
        {
            // Box and Muller 1958.
            values[i] = scale * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return torch.tensor(values, shape);
    }
}
