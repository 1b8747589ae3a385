using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.PixArt;

/// <summary>
/// PixArt's sine-cosine positions. A grid of any size is stretched over the range of the model's own, so a latent of another size or
/// aspect is seen as a finer or coarser one, never as a part.
/// </summary>
internal static class PixArtPositions
{
    /// <summary>Adds the positions: the first half of a token's channels gets its column's, the second half its row's.</summary>
    /// <param name="tokens"><c>[B, rows·columns, d]</c>; given up by the caller.</param>
    /// <param name="rows">Rows of the token grid.</param>
    /// <param name="columns">Columns of the token grid.</param>
    /// <param name="geometry">The model's.</param>
    /// <returns><c>[B, rows·columns, d]</c>; the caller owns it.</returns>
    public static Tensor Add(Tensor tokens, int rows, int columns, PixArtGeometry geometry)
    {
        using var scope = NewDisposeScope();
        var width = (int)tokens.shape[2];
        var table = Table(rows, columns, width, geometry, tokens.device).to(tokens.dtype);
        using var given = tokens;
        return (DiT.AdaLNZero.RecordsGradient(tokens) ? tokens + table : tokens.add_(table).alias()).MoveToOuterDisposeScope();
    }

    /// <summary>The table of a grid.</summary>
    /// <param name="rows">Rows of the token grid.</param>
    /// <param name="columns">Columns of the token grid.</param>
    /// <param name="width">d, a multiple of 4.</param>
    /// <param name="geometry">The model's.</param>
    /// <param name="device">Where to make it.</param>
    /// <returns><c>[1, rows·columns, d]</c>, float32; the caller owns it.</returns>
    public static Tensor Table(int rows, int columns, int width, PixArtGeometry geometry, Device device)
    {
        using var scope = NewDisposeScope();
        var x = Axis(columns, width / 2, geometry).to(device).unsqueeze(0).expand(rows, columns, width / 2);
        var y = Axis(rows, width / 2, geometry).to(device).unsqueeze(1).expand(rows, columns, width / 2);
        return cat([x, y], 2).view(1, rows * columns, width).MoveToOuterDisposeScope();
    }

    /// <summary>[sin(p·ω), cos(p·ω)] of the positions p along an axis, ω_k = 10000^(−k/(d/4)): <c>[length, d/2]</c>.</summary>
    private static Tensor Axis(int length, int half, PixArtGeometry geometry)
    {
        var quarter = half / 2;
        var stretch = (float)((double)length / geometry.BaseGrid);
        var values = new float[length * half];
        for (var i = 0; i < length; i++)
        {
            // Positions are float32 in the reference, angles float64.
            var position = i / stretch / (float)geometry.InterpolationScale;
            for (var k = 0; k < quarter; k++)
            {
                var angle = position * Math.Pow(10000, -(double)k / quarter);
                values[(i * half) + k] = (float)Math.Sin(angle);
                values[(i * half) + quarter + k] = (float)Math.Cos(angle);
            }
        }

        return tensor(values, [length, half]);
    }
}
