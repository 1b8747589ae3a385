using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Tests;

/// <summary>Features from a seed, without torch's generator, which tests share.</summary>
internal static class RandomFeatures
{
    /// <summary>Normally distributed, <c>[rows, columns]</c>, float32.</summary>
    public static Tensor Normal(int rows, int columns, int seed, double scale = 1, double offset = 0)
    {
        var random = new Random(seed);
        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)((Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()) * scale) + offset);
        }

        return tensor(values).reshape(rows, columns);
    }
}
