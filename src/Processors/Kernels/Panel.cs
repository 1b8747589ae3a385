using System.Runtime.CompilerServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// The one matrix product of the kernel: C[row][query] = scale[query] · C[row][query] + Σ_k A[row][k] · B[k][query], queries along the
/// lanes. Scores are Sᵀ = K · Qᵀ (rows are keys, k runs over the head width), outputs Oᵀ = Vᵀ · Pᵀ (rows are the head width, k runs
/// over keys). A comes packed in groups of eight rows, [group][k][8] (<see cref="PackedHead"/>): one pointer with eight constant offsets
/// feeds the broadcasts, which is what keeps the front end of a core shared by two threads ahead of its multipliers.
/// </summary>
/// <remarks>
/// The accumulators of {8 or 4} rows × {3, 2 or 1} vectors stay in registers over the whole sum, which is why every shape is written
/// out. B and C have a pitch of three vectors.
/// </remarks>
internal static unsafe class Panel<TUnit, TVector>
    where TUnit : struct, IVectorUnit<TVector>
    where TVector : struct
{
    private const int Rows = PackedHead.Rows;

    /// <summary>Multiplies; see the class for what.</summary>
    /// <param name="a">first element of A</param>
    /// <param name="groupStride">floats from one group of eight rows to the next in A</param>
    /// <param name="groups">groups of eight rows of A and C</param>
    /// <param name="b">first element of B, at the first vector that takes part</param>
    /// <param name="depth">terms of the sum</param>
    /// <param name="c">first element of C, at the first vector that takes part</param>
    /// <param name="scale">a factor a query for what C holds, or null to overwrite C</param>
    /// <param name="vectors">vectors that take part: 1 to 3</param>
    public static void Multiply(float* a, nint groupStride, int groups, float* b, int depth, float* c, float* scale, int vectors)
    {
        switch (TUnit.PanelRows, vectors)
        {
            case (8, 3):
                Multiply8x3(a, groupStride, groups, b, depth, c, scale);
                break;
            case (8, 2):
                Multiply8x2(a, groupStride, groups, b, depth, c, scale);
                break;
            case (8, _):
                Multiply8x1(a, groupStride, groups, b, depth, c, scale);
                break;
            case (_, 3):
                Multiply4x3(a, groupStride, groups, b, depth, c, scale);
                break;
            case (_, 2):
                Multiply4x2(a, groupStride, groups, b, depth, c, scale);
                break;
            default:
                Multiply4x1(a, groupStride, groups, b, depth, c, scale);
                break;
        }
    }

    /// <summary>8 rows × 3 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8x3(float* a, nint groupStride, int groups, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (; groups > 0; groups--, a += groupStride, c += 8 * pitch)
        {
            var row = a;
            TVector c00, c01, c02;
            TVector c10, c11, c12;
            TVector c20, c21, c22;
            TVector c30, c31, c32;
            TVector c40, c41, c42;
            TVector c50, c51, c52;
            TVector c60, c61, c62;
            TVector c70, c71, c72;
            if (scale == null)
            {
                c00 = c01 = c02 = TUnit.Zero;
                c10 = c11 = c12 = TUnit.Zero;
                c20 = c21 = c22 = TUnit.Zero;
                c30 = c31 = c32 = TUnit.Zero;
                c40 = c41 = c42 = TUnit.Zero;
                c50 = c51 = c52 = TUnit.Zero;
                c60 = c61 = c62 = TUnit.Zero;
                c70 = c71 = c72 = TUnit.Zero;
            }
            else
            {
                Load(c, scale, out c00, out c01, out c02);
                Load(c + pitch, scale, out c10, out c11, out c12);
                Load(c + (2 * pitch), scale, out c20, out c21, out c22);
                Load(c + (3 * pitch), scale, out c30, out c31, out c32);
                Load(c + (4 * pitch), scale, out c40, out c41, out c42);
                Load(c + (5 * pitch), scale, out c50, out c51, out c52);
                Load(c + (6 * pitch), scale, out c60, out c61, out c62);
                Load(c + (7 * pitch), scale, out c70, out c71, out c72);
            }

            var source = b;
            for (var k = depth; k > 0; k--, row += Rows, source += pitch)
            {
                Load(source, out var b0, out var b1, out var b2);
                Row(row[0], b0, b1, b2, ref c00, ref c01, ref c02);
                Row(row[1], b0, b1, b2, ref c10, ref c11, ref c12);
                Row(row[2], b0, b1, b2, ref c20, ref c21, ref c22);
                Row(row[3], b0, b1, b2, ref c30, ref c31, ref c32);
                Row(row[4], b0, b1, b2, ref c40, ref c41, ref c42);
                Row(row[5], b0, b1, b2, ref c50, ref c51, ref c52);
                Row(row[6], b0, b1, b2, ref c60, ref c61, ref c62);
                Row(row[7], b0, b1, b2, ref c70, ref c71, ref c72);
            }

            Store(c, c00, c01, c02);
            Store(c + pitch, c10, c11, c12);
            Store(c + (2 * pitch), c20, c21, c22);
            Store(c + (3 * pitch), c30, c31, c32);
            Store(c + (4 * pitch), c40, c41, c42);
            Store(c + (5 * pitch), c50, c51, c52);
            Store(c + (6 * pitch), c60, c61, c62);
            Store(c + (7 * pitch), c70, c71, c72);
        }
    }

    /// <summary>8 rows × 2 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8x2(float* a, nint groupStride, int groups, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (; groups > 0; groups--, a += groupStride, c += 8 * pitch)
        {
            var row = a;
            TVector c00, c01;
            TVector c10, c11;
            TVector c20, c21;
            TVector c30, c31;
            TVector c40, c41;
            TVector c50, c51;
            TVector c60, c61;
            TVector c70, c71;
            if (scale == null)
            {
                c00 = c01 = TUnit.Zero;
                c10 = c11 = TUnit.Zero;
                c20 = c21 = TUnit.Zero;
                c30 = c31 = TUnit.Zero;
                c40 = c41 = TUnit.Zero;
                c50 = c51 = TUnit.Zero;
                c60 = c61 = TUnit.Zero;
                c70 = c71 = TUnit.Zero;
            }
            else
            {
                Load(c, scale, out c00, out c01);
                Load(c + pitch, scale, out c10, out c11);
                Load(c + (2 * pitch), scale, out c20, out c21);
                Load(c + (3 * pitch), scale, out c30, out c31);
                Load(c + (4 * pitch), scale, out c40, out c41);
                Load(c + (5 * pitch), scale, out c50, out c51);
                Load(c + (6 * pitch), scale, out c60, out c61);
                Load(c + (7 * pitch), scale, out c70, out c71);
            }

            var source = b;
            for (var k = depth; k > 0; k--, row += Rows, source += pitch)
            {
                Load(source, out var b0, out var b1);
                Row(row[0], b0, b1, ref c00, ref c01);
                Row(row[1], b0, b1, ref c10, ref c11);
                Row(row[2], b0, b1, ref c20, ref c21);
                Row(row[3], b0, b1, ref c30, ref c31);
                Row(row[4], b0, b1, ref c40, ref c41);
                Row(row[5], b0, b1, ref c50, ref c51);
                Row(row[6], b0, b1, ref c60, ref c61);
                Row(row[7], b0, b1, ref c70, ref c71);
            }

            Store(c, c00, c01);
            Store(c + pitch, c10, c11);
            Store(c + (2 * pitch), c20, c21);
            Store(c + (3 * pitch), c30, c31);
            Store(c + (4 * pitch), c40, c41);
            Store(c + (5 * pitch), c50, c51);
            Store(c + (6 * pitch), c60, c61);
            Store(c + (7 * pitch), c70, c71);
        }
    }

    /// <summary>8 rows × 1 vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8x1(float* a, nint groupStride, int groups, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (; groups > 0; groups--, a += groupStride, c += 8 * pitch)
        {
            var row = a;
            TVector c00;
            TVector c10;
            TVector c20;
            TVector c30;
            TVector c40;
            TVector c50;
            TVector c60;
            TVector c70;
            if (scale == null)
            {
                c00 = TUnit.Zero;
                c10 = TUnit.Zero;
                c20 = TUnit.Zero;
                c30 = TUnit.Zero;
                c40 = TUnit.Zero;
                c50 = TUnit.Zero;
                c60 = TUnit.Zero;
                c70 = TUnit.Zero;
            }
            else
            {
                Load(c, scale, out c00);
                Load(c + pitch, scale, out c10);
                Load(c + (2 * pitch), scale, out c20);
                Load(c + (3 * pitch), scale, out c30);
                Load(c + (4 * pitch), scale, out c40);
                Load(c + (5 * pitch), scale, out c50);
                Load(c + (6 * pitch), scale, out c60);
                Load(c + (7 * pitch), scale, out c70);
            }

            var source = b;
            for (var k = depth; k > 0; k--, row += Rows, source += pitch)
            {
                Load(source, out var b0);
                Row(row[0], b0, ref c00);
                Row(row[1], b0, ref c10);
                Row(row[2], b0, ref c20);
                Row(row[3], b0, ref c30);
                Row(row[4], b0, ref c40);
                Row(row[5], b0, ref c50);
                Row(row[6], b0, ref c60);
                Row(row[7], b0, ref c70);
            }

            Store(c, c00);
            Store(c + pitch, c10);
            Store(c + (2 * pitch), c20);
            Store(c + (3 * pitch), c30);
            Store(c + (4 * pitch), c40);
            Store(c + (5 * pitch), c50);
            Store(c + (6 * pitch), c60);
            Store(c + (7 * pitch), c70);
        }
    }

    /// <summary>4 rows × 3 vectors, twice a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x3(float* a, nint groupStride, int groups, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var part = 0; part < 2 * groups; part++, c += 4 * pitch)
        {
            var row = a + ((part >> 1) * groupStride) + (4 * (part & 1));
            TVector c00, c01, c02;
            TVector c10, c11, c12;
            TVector c20, c21, c22;
            TVector c30, c31, c32;
            if (scale == null)
            {
                c00 = c01 = c02 = TUnit.Zero;
                c10 = c11 = c12 = TUnit.Zero;
                c20 = c21 = c22 = TUnit.Zero;
                c30 = c31 = c32 = TUnit.Zero;
            }
            else
            {
                Load(c, scale, out c00, out c01, out c02);
                Load(c + pitch, scale, out c10, out c11, out c12);
                Load(c + (2 * pitch), scale, out c20, out c21, out c22);
                Load(c + (3 * pitch), scale, out c30, out c31, out c32);
            }

            var source = b;
            for (var k = depth; k > 0; k--, row += Rows, source += pitch)
            {
                Load(source, out var b0, out var b1, out var b2);
                Row(row[0], b0, b1, b2, ref c00, ref c01, ref c02);
                Row(row[1], b0, b1, b2, ref c10, ref c11, ref c12);
                Row(row[2], b0, b1, b2, ref c20, ref c21, ref c22);
                Row(row[3], b0, b1, b2, ref c30, ref c31, ref c32);
            }

            Store(c, c00, c01, c02);
            Store(c + pitch, c10, c11, c12);
            Store(c + (2 * pitch), c20, c21, c22);
            Store(c + (3 * pitch), c30, c31, c32);
        }
    }

    /// <summary>4 rows × 2 vectors, twice a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x2(float* a, nint groupStride, int groups, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var part = 0; part < 2 * groups; part++, c += 4 * pitch)
        {
            var row = a + ((part >> 1) * groupStride) + (4 * (part & 1));
            TVector c00, c01;
            TVector c10, c11;
            TVector c20, c21;
            TVector c30, c31;
            if (scale == null)
            {
                c00 = c01 = TUnit.Zero;
                c10 = c11 = TUnit.Zero;
                c20 = c21 = TUnit.Zero;
                c30 = c31 = TUnit.Zero;
            }
            else
            {
                Load(c, scale, out c00, out c01);
                Load(c + pitch, scale, out c10, out c11);
                Load(c + (2 * pitch), scale, out c20, out c21);
                Load(c + (3 * pitch), scale, out c30, out c31);
            }

            var source = b;
            for (var k = depth; k > 0; k--, row += Rows, source += pitch)
            {
                Load(source, out var b0, out var b1);
                Row(row[0], b0, b1, ref c00, ref c01);
                Row(row[1], b0, b1, ref c10, ref c11);
                Row(row[2], b0, b1, ref c20, ref c21);
                Row(row[3], b0, b1, ref c30, ref c31);
            }

            Store(c, c00, c01);
            Store(c + pitch, c10, c11);
            Store(c + (2 * pitch), c20, c21);
            Store(c + (3 * pitch), c30, c31);
        }
    }

    /// <summary>4 rows × 1 vector, twice a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x1(float* a, nint groupStride, int groups, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var part = 0; part < 2 * groups; part++, c += 4 * pitch)
        {
            var row = a + ((part >> 1) * groupStride) + (4 * (part & 1));
            TVector c00;
            TVector c10;
            TVector c20;
            TVector c30;
            if (scale == null)
            {
                c00 = TUnit.Zero;
                c10 = TUnit.Zero;
                c20 = TUnit.Zero;
                c30 = TUnit.Zero;
            }
            else
            {
                Load(c, scale, out c00);
                Load(c + pitch, scale, out c10);
                Load(c + (2 * pitch), scale, out c20);
                Load(c + (3 * pitch), scale, out c30);
            }

            var source = b;
            for (var k = depth; k > 0; k--, row += Rows, source += pitch)
            {
                Load(source, out var b0);
                Row(row[0], b0, ref c00);
                Row(row[1], b0, ref c10);
                Row(row[2], b0, ref c20);
                Row(row[3], b0, ref c30);
            }

            Store(c, c00);
            Store(c + pitch, c10);
            Store(c + (2 * pitch), c20);
            Store(c + (3 * pitch), c30);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* source, out TVector v0, out TVector v1, out TVector v2)
    {
        v0 = TUnit.Load(source);
        v1 = TUnit.Load(source + TUnit.Lanes);
        v2 = TUnit.Load(source + (2 * TUnit.Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* source, float* scale, out TVector v0, out TVector v1, out TVector v2)
    {
        v0 = TUnit.Multiply(TUnit.Load(source), TUnit.Load(scale));
        v1 = TUnit.Multiply(TUnit.Load(source + TUnit.Lanes), TUnit.Load(scale + TUnit.Lanes));
        v2 = TUnit.Multiply(TUnit.Load(source + (2 * TUnit.Lanes)), TUnit.Load(scale + (2 * TUnit.Lanes)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, TVector v0, TVector v1, TVector v2)
    {
        TUnit.Store(target, v0);
        TUnit.Store(target + TUnit.Lanes, v1);
        TUnit.Store(target + (2 * TUnit.Lanes), v2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row(float a, TVector b0, TVector b1, TVector b2, ref TVector c0, ref TVector c1, ref TVector c2)
    {
        var value = TUnit.Broadcast(a);
        c0 = TUnit.MultiplyAdd(value, b0, c0);
        c1 = TUnit.MultiplyAdd(value, b1, c1);
        c2 = TUnit.MultiplyAdd(value, b2, c2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* source, out TVector v0, out TVector v1)
    {
        v0 = TUnit.Load(source);
        v1 = TUnit.Load(source + TUnit.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* source, float* scale, out TVector v0, out TVector v1)
    {
        v0 = TUnit.Multiply(TUnit.Load(source), TUnit.Load(scale));
        v1 = TUnit.Multiply(TUnit.Load(source + TUnit.Lanes), TUnit.Load(scale + TUnit.Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, TVector v0, TVector v1)
    {
        TUnit.Store(target, v0);
        TUnit.Store(target + TUnit.Lanes, v1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row(float a, TVector b0, TVector b1, ref TVector c0, ref TVector c1)
    {
        var value = TUnit.Broadcast(a);
        c0 = TUnit.MultiplyAdd(value, b0, c0);
        c1 = TUnit.MultiplyAdd(value, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* source, out TVector v0)
    {
        v0 = TUnit.Load(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* source, float* scale, out TVector v0)
    {
        v0 = TUnit.Multiply(TUnit.Load(source), TUnit.Load(scale));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, TVector v0)
    {
        TUnit.Store(target, v0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row(float a, TVector b0, ref TVector c0)
    {
        var value = TUnit.Broadcast(a);
        c0 = TUnit.MultiplyAdd(value, b0, c0);
    }
}
