using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Vae;

/// <summary>Computes a picture tile by tile, row by row from the top, left to right, and blends the overlaps.</summary>
internal static class TiledPass
{
    private const int Rows = 2;
    private const int Columns = 3;

    /// <summary>Runs a computation on every tile. Two rows of finished tiles are held at most.</summary>
    /// <param name="input"><c>[B, C, H, W]</c></param>
    /// <param name="tile">Rows and columns of a tile of the input; the last may be shorter.</param>
    /// <param name="step">Distance of the tiles' beginnings.</param>
    /// <param name="blend">Rows and columns of a result that are blended with the one above and the one to the left.</param>
    /// <param name="keep">Rows and columns that are kept of a result, from its first.</param>
    /// <param name="compute">A tile's result, a fresh tensor; the tile stays this method's.</param>
    /// <returns><c>[B, C', H', W']</c>; the caller owns it.</returns>
    public static Tensor Run(Tensor input, int tile, int step, int blend, int keep, Func<Tensor, Tensor> compute)
    {
        using var scope = NewDisposeScope();
        var strips = new List<Tensor>();
        List<Tensor> above = [];
        for (var top = 0L; top < input.shape[Rows]; top += step)
        {
            List<Tensor> row = [];
            for (var left = 0L; left < input.shape[Columns]; left += step)
            {
                using var part = Part(input, top, left, tile);
                var result = compute(part);
                if (above.Count > 0)
                {
                    Blend(above[row.Count], result, Rows, blend);
                }

                if (row.Count > 0)
                {
                    Blend(row[^1], result, Columns, blend);
                }

                row.Add(result);
            }

            strips.Add(Strip(row, keep));
            above.ForEach(t => t.Dispose());
            above = row;
        }

        above.ForEach(t => t.Dispose());
        return cat(strips, Rows).MoveToOuterDisposeScope();
    }

    private static Tensor Part(Tensor input, long top, long left, int size)
    {
        using var rows = input.narrow(Rows, top, Math.Min(size, input.shape[Rows] - top));
        return rows.narrow(Columns, left, Math.Min(size, input.shape[Columns] - left));
    }

    private static Tensor Strip(List<Tensor> row, int keep)
    {
        using var scope = NewDisposeScope();
        return cat([.. row.Select(t => Part(t, 0, 0, keep))], Columns).MoveToOuterDisposeScope();
    }

    /// <summary>Lets a tile begin as its neighbour ends: t[k] = a[k]·(1 − k/e) + t[k]·k/e over the last e of a and the first e of t, in place.</summary>
    private static void Blend(Tensor neighbour, Tensor tile, int dimension, int blend)
    {
        var extent = Math.Min(blend, Math.Min(neighbour.shape[dimension], tile.shape[dimension]));
        if (extent == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        float[] share = [.. Enumerable.Range(0, (int)extent).Select(k => (float)((double)k / extent))];
        float[] rest = [.. Enumerable.Range(0, (int)extent).Select(k => (float)(1 - ((double)k / extent)))];
        long[] shape = dimension == Rows ? [extent, 1] : [extent];
        var end = neighbour.narrow(dimension, neighbour.shape[dimension] - extent, extent);
        var begin = tile.narrow(dimension, 0, extent);
        begin.copy_((end * Weights(rest)) + (begin * Weights(share)));

        Tensor Weights(float[] weights) => tensor(weights, dtype: tile.dtype, device: tile.device).view(shape);
    }
}
