using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.DiT;

/// <summary>The fixed two-dimensional sine-cosine position table of DiT, computed in float64.</summary>
internal static class PositionTable
{
    /// <summary>
    /// Row by row, one row a token. The first half of the columns encodes the token's column, the second half its row;
    /// each half is [sin(p·ω), cos(p·ω)] with ω_k = 10000^(−k/(d/4)), k &lt; d/4.
    /// </summary>
    /// <param name="grid">Tokens a side.</param>
    /// <param name="width">Width d, a multiple of 4.</param>
    /// <param name="baseGrid">
    /// The grid whose coordinates are covered: token i sits at (i + ½)·base/grid − ½, so that one set of weights serves
    /// several resolutions. Equal to <paramref name="grid"/>, this is i.
    /// </param>
    /// <returns><c>[1, grid², d]</c>, float32; the caller owns it.</returns>
    public static Tensor Compute(int grid, int width, int baseGrid)
    {
        var quarter = width / 4;
        var axis = new float[grid, width / 2];
        for (var i = 0; i < grid; i++)
        {
            var position = ((i + 0.5) * baseGrid / grid) - 0.5;
            for (var k = 0; k < quarter; k++)
            {
                var angle = position * Math.Pow(10000, -(double)k / quarter);
                axis[i, k] = (float)Math.Sin(angle);
                axis[i, quarter + k] = (float)Math.Cos(angle);
            }
        }

        var table = new float[grid * grid * width];
        for (var token = 0; token < grid * grid; token++)
        {
            for (var k = 0; k < width / 2; k++)
            {
                table[(token * width) + k] = axis[token % grid, k];
                table[(token * width) + (width / 2) + k] = axis[token / grid, k];
            }
        }

        return tensor(table, [1L, grid * grid, width]);
    }
}
