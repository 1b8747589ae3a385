using System.Runtime.CompilerServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>Between [queries, D] in memory and the tile's [D][3 vectors of queries].</summary>
internal static unsafe class TileTranspose<TUnit, TVector>
    where TUnit : struct, IVectorUnit<TVector>
    where TVector : struct
{
    private const int Block = 8;

    /// <summary>Reads queries, transposes and scales them; lanes without a query become 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Load(float* rows, nint rowStride, int queries, int headWidth, float factor, float* tile)
    {
        var pitch = 3 * TUnit.Lanes;
        var wholeQueries = queries / Block * Block;
        var wholeWidth = headWidth / Block * Block;
        for (var query = 0; query < wholeQueries; query += Block)
        {
            for (var d = 0; d < wholeWidth; d += Block)
            {
                TUnit.Transpose8x8(rows + (query * rowStride) + d, rowStride, tile + (d * pitch) + query, pitch);
            }
        }

        for (var query = 0; query < queries; query++)
        {
            for (var d = query < wholeQueries ? wholeWidth : 0; d < headWidth; d++)
            {
                tile[(d * pitch) + query] = rows[(query * rowStride) + d];
            }
        }

        for (var d = 0; queries < pitch && d < headWidth; d++)
        {
            new Span<float>(tile + (d * pitch) + queries, pitch - queries).Clear();
        }

        var scale = TUnit.Broadcast(factor);
        var end = pitch * headWidth;
        for (var i = 0; i < end; i += TUnit.Lanes)
        {
            TUnit.Store(tile + i, TUnit.Multiply(TUnit.Load(tile + i), scale));
        }
    }

    /// <summary>Writes the tile's queries back as rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store(float* tile, float* rows, nint rowStride, int queries, int headWidth)
    {
        var pitch = 3 * TUnit.Lanes;
        var wholeQueries = queries / Block * Block;
        var wholeWidth = headWidth / Block * Block;
        for (var query = 0; query < wholeQueries; query += Block)
        {
            for (var d = 0; d < wholeWidth; d += Block)
            {
                TUnit.Transpose8x8(tile + (d * pitch) + query, pitch, rows + (query * rowStride) + d, rowStride);
            }
        }

        for (var query = 0; query < queries; query++)
        {
            for (var d = query < wholeQueries ? wholeWidth : 0; d < headWidth; d++)
            {
                rows[(query * rowStride) + d] = tile[(d * pitch) + query];
            }
        }
    }
}
