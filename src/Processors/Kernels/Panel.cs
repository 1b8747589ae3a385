using System.Runtime.CompilerServices;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// The one matrix product of the kernel: C[row][query] = scale[query] · C[row][query] + Σ_k A[row][k] · B[k][query], queries along the
/// lanes. Scores are Sᵀ = K · Qᵀ (rows are keys, k runs over the head width), outputs Oᵀ = Vᵀ · Pᵀ (rows are the head width, k runs
/// over keys): A is read in its natural layout either way, one broadcast float at a time.
/// </summary>
/// <remarks>
/// The accumulators of {8 or 4} rows × {3, 2 or 1} vectors stay in registers over the whole sum, which is why every shape is written
/// out. Rows beyond the last read the last one again; their results land in the padding of C, which has a multiple of
/// <see cref="IVectorUnit{TVector}.PanelRows"/> rows. B and C have a pitch of three vectors.
/// </remarks>
internal static unsafe class Panel<TUnit, TVector>
    where TUnit : struct, IVectorUnit<TVector>
    where TVector : struct
{
    /// <summary>Multiplies; see the class for what.</summary>
    /// <param name="a">first element of A</param>
    /// <param name="rowStride">floats from one row of A to the next</param>
    /// <param name="step">floats from one k to the next in A</param>
    /// <param name="rows">rows of A and C</param>
    /// <param name="b">first element of B, at the first vector that takes part</param>
    /// <param name="depth">terms of the sum</param>
    /// <param name="c">first element of C, at the first vector that takes part</param>
    /// <param name="scale">a factor a query for what C holds, or null to overwrite C</param>
    /// <param name="vectors">vectors that take part: 1 to 3</param>
    public static void Multiply(
        float* a, nint rowStride, nint step, int rows, float* b, int depth, float* c, float* scale, int vectors)
    {
        if (TUnit.PanelRows == 8)
        {
            switch (vectors)
            {
                case 3:
                    Multiply8x3(a, rowStride, step, rows, b, depth, c, scale);
                    break;
                case 2:
                    Multiply8x2(a, rowStride, step, rows, b, depth, c, scale);
                    break;
                default:
                    Multiply8x1(a, rowStride, step, rows, b, depth, c, scale);
                    break;
            }
        }
        else
        {
            switch (vectors)
            {
                case 3:
                    Multiply4x3(a, rowStride, step, rows, b, depth, c, scale);
                    break;
                case 2:
                    Multiply4x2(a, rowStride, step, rows, b, depth, c, scale);
                    break;
                default:
                    Multiply4x1(a, rowStride, step, rows, b, depth, c, scale);
                    break;
            }
        }
    }

    /// <summary>8 rows × 3 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8x3(float* a, nint rowStride, nint step, int rows, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var row = 0; row < rows; row += 8)
        {
            var last = rows - 1 - row;
            var a0 = a + (row * rowStride);
            var a1 = a0 + (Math.Min(1, last) * rowStride);
            var a2 = a0 + (Math.Min(2, last) * rowStride);
            var a3 = a0 + (Math.Min(3, last) * rowStride);
            var a4 = a0 + (Math.Min(4, last) * rowStride);
            var a5 = a0 + (Math.Min(5, last) * rowStride);
            var a6 = a0 + (Math.Min(6, last) * rowStride);
            var a7 = a0 + (Math.Min(7, last) * rowStride);
            var target = c + ((nint)row * pitch);
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
                Load(target, scale, out c00, out c01, out c02);
                Load(target + pitch, scale, out c10, out c11, out c12);
                Load(target + (2 * pitch), scale, out c20, out c21, out c22);
                Load(target + (3 * pitch), scale, out c30, out c31, out c32);
                Load(target + (4 * pitch), scale, out c40, out c41, out c42);
                Load(target + (5 * pitch), scale, out c50, out c51, out c52);
                Load(target + (6 * pitch), scale, out c60, out c61, out c62);
                Load(target + (7 * pitch), scale, out c70, out c71, out c72);
            }

            var source = b;
            var end = depth * step;
            for (nint i = 0; i < end; i += step)
            {
                Load(source, out var b0, out var b1, out var b2);
                source += pitch;
                Row(a0[i], b0, b1, b2, ref c00, ref c01, ref c02);
                Row(a1[i], b0, b1, b2, ref c10, ref c11, ref c12);
                Row(a2[i], b0, b1, b2, ref c20, ref c21, ref c22);
                Row(a3[i], b0, b1, b2, ref c30, ref c31, ref c32);
                Row(a4[i], b0, b1, b2, ref c40, ref c41, ref c42);
                Row(a5[i], b0, b1, b2, ref c50, ref c51, ref c52);
                Row(a6[i], b0, b1, b2, ref c60, ref c61, ref c62);
                Row(a7[i], b0, b1, b2, ref c70, ref c71, ref c72);
            }

            Store(target, c00, c01, c02);
            Store(target + pitch, c10, c11, c12);
            Store(target + (2 * pitch), c20, c21, c22);
            Store(target + (3 * pitch), c30, c31, c32);
            Store(target + (4 * pitch), c40, c41, c42);
            Store(target + (5 * pitch), c50, c51, c52);
            Store(target + (6 * pitch), c60, c61, c62);
            Store(target + (7 * pitch), c70, c71, c72);
        }
    }

    /// <summary>8 rows × 2 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8x2(float* a, nint rowStride, nint step, int rows, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var row = 0; row < rows; row += 8)
        {
            var last = rows - 1 - row;
            var a0 = a + (row * rowStride);
            var a1 = a0 + (Math.Min(1, last) * rowStride);
            var a2 = a0 + (Math.Min(2, last) * rowStride);
            var a3 = a0 + (Math.Min(3, last) * rowStride);
            var a4 = a0 + (Math.Min(4, last) * rowStride);
            var a5 = a0 + (Math.Min(5, last) * rowStride);
            var a6 = a0 + (Math.Min(6, last) * rowStride);
            var a7 = a0 + (Math.Min(7, last) * rowStride);
            var target = c + ((nint)row * pitch);
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
                Load(target, scale, out c00, out c01);
                Load(target + pitch, scale, out c10, out c11);
                Load(target + (2 * pitch), scale, out c20, out c21);
                Load(target + (3 * pitch), scale, out c30, out c31);
                Load(target + (4 * pitch), scale, out c40, out c41);
                Load(target + (5 * pitch), scale, out c50, out c51);
                Load(target + (6 * pitch), scale, out c60, out c61);
                Load(target + (7 * pitch), scale, out c70, out c71);
            }

            var source = b;
            var end = depth * step;
            for (nint i = 0; i < end; i += step)
            {
                Load(source, out var b0, out var b1);
                source += pitch;
                Row(a0[i], b0, b1, ref c00, ref c01);
                Row(a1[i], b0, b1, ref c10, ref c11);
                Row(a2[i], b0, b1, ref c20, ref c21);
                Row(a3[i], b0, b1, ref c30, ref c31);
                Row(a4[i], b0, b1, ref c40, ref c41);
                Row(a5[i], b0, b1, ref c50, ref c51);
                Row(a6[i], b0, b1, ref c60, ref c61);
                Row(a7[i], b0, b1, ref c70, ref c71);
            }

            Store(target, c00, c01);
            Store(target + pitch, c10, c11);
            Store(target + (2 * pitch), c20, c21);
            Store(target + (3 * pitch), c30, c31);
            Store(target + (4 * pitch), c40, c41);
            Store(target + (5 * pitch), c50, c51);
            Store(target + (6 * pitch), c60, c61);
            Store(target + (7 * pitch), c70, c71);
        }
    }

    /// <summary>8 rows × 1 vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8x1(float* a, nint rowStride, nint step, int rows, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var row = 0; row < rows; row += 8)
        {
            var last = rows - 1 - row;
            var a0 = a + (row * rowStride);
            var a1 = a0 + (Math.Min(1, last) * rowStride);
            var a2 = a0 + (Math.Min(2, last) * rowStride);
            var a3 = a0 + (Math.Min(3, last) * rowStride);
            var a4 = a0 + (Math.Min(4, last) * rowStride);
            var a5 = a0 + (Math.Min(5, last) * rowStride);
            var a6 = a0 + (Math.Min(6, last) * rowStride);
            var a7 = a0 + (Math.Min(7, last) * rowStride);
            var target = c + ((nint)row * pitch);
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
                Load(target, scale, out c00);
                Load(target + pitch, scale, out c10);
                Load(target + (2 * pitch), scale, out c20);
                Load(target + (3 * pitch), scale, out c30);
                Load(target + (4 * pitch), scale, out c40);
                Load(target + (5 * pitch), scale, out c50);
                Load(target + (6 * pitch), scale, out c60);
                Load(target + (7 * pitch), scale, out c70);
            }

            var source = b;
            var end = depth * step;
            for (nint i = 0; i < end; i += step)
            {
                Load(source, out var b0);
                source += pitch;
                Row(a0[i], b0, ref c00);
                Row(a1[i], b0, ref c10);
                Row(a2[i], b0, ref c20);
                Row(a3[i], b0, ref c30);
                Row(a4[i], b0, ref c40);
                Row(a5[i], b0, ref c50);
                Row(a6[i], b0, ref c60);
                Row(a7[i], b0, ref c70);
            }

            Store(target, c00);
            Store(target + pitch, c10);
            Store(target + (2 * pitch), c20);
            Store(target + (3 * pitch), c30);
            Store(target + (4 * pitch), c40);
            Store(target + (5 * pitch), c50);
            Store(target + (6 * pitch), c60);
            Store(target + (7 * pitch), c70);
        }
    }

    /// <summary>4 rows × 3 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x3(float* a, nint rowStride, nint step, int rows, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var row = 0; row < rows; row += 4)
        {
            var last = rows - 1 - row;
            var a0 = a + (row * rowStride);
            var a1 = a0 + (Math.Min(1, last) * rowStride);
            var a2 = a0 + (Math.Min(2, last) * rowStride);
            var a3 = a0 + (Math.Min(3, last) * rowStride);
            var target = c + ((nint)row * pitch);
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
                Load(target, scale, out c00, out c01, out c02);
                Load(target + pitch, scale, out c10, out c11, out c12);
                Load(target + (2 * pitch), scale, out c20, out c21, out c22);
                Load(target + (3 * pitch), scale, out c30, out c31, out c32);
            }

            var source = b;
            var end = depth * step;
            for (nint i = 0; i < end; i += step)
            {
                Load(source, out var b0, out var b1, out var b2);
                source += pitch;
                Row(a0[i], b0, b1, b2, ref c00, ref c01, ref c02);
                Row(a1[i], b0, b1, b2, ref c10, ref c11, ref c12);
                Row(a2[i], b0, b1, b2, ref c20, ref c21, ref c22);
                Row(a3[i], b0, b1, b2, ref c30, ref c31, ref c32);
            }

            Store(target, c00, c01, c02);
            Store(target + pitch, c10, c11, c12);
            Store(target + (2 * pitch), c20, c21, c22);
            Store(target + (3 * pitch), c30, c31, c32);
        }
    }

    /// <summary>4 rows × 2 vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x2(float* a, nint rowStride, nint step, int rows, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var row = 0; row < rows; row += 4)
        {
            var last = rows - 1 - row;
            var a0 = a + (row * rowStride);
            var a1 = a0 + (Math.Min(1, last) * rowStride);
            var a2 = a0 + (Math.Min(2, last) * rowStride);
            var a3 = a0 + (Math.Min(3, last) * rowStride);
            var target = c + ((nint)row * pitch);
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
                Load(target, scale, out c00, out c01);
                Load(target + pitch, scale, out c10, out c11);
                Load(target + (2 * pitch), scale, out c20, out c21);
                Load(target + (3 * pitch), scale, out c30, out c31);
            }

            var source = b;
            var end = depth * step;
            for (nint i = 0; i < end; i += step)
            {
                Load(source, out var b0, out var b1);
                source += pitch;
                Row(a0[i], b0, b1, ref c00, ref c01);
                Row(a1[i], b0, b1, ref c10, ref c11);
                Row(a2[i], b0, b1, ref c20, ref c21);
                Row(a3[i], b0, b1, ref c30, ref c31);
            }

            Store(target, c00, c01);
            Store(target + pitch, c10, c11);
            Store(target + (2 * pitch), c20, c21);
            Store(target + (3 * pitch), c30, c31);
        }
    }

    /// <summary>4 rows × 1 vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4x1(float* a, nint rowStride, nint step, int rows, float* b, int depth, float* c, float* scale)
    {
        var pitch = 3 * TUnit.Lanes;
        for (var row = 0; row < rows; row += 4)
        {
            var last = rows - 1 - row;
            var a0 = a + (row * rowStride);
            var a1 = a0 + (Math.Min(1, last) * rowStride);
            var a2 = a0 + (Math.Min(2, last) * rowStride);
            var a3 = a0 + (Math.Min(3, last) * rowStride);
            var target = c + ((nint)row * pitch);
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
                Load(target, scale, out c00);
                Load(target + pitch, scale, out c10);
                Load(target + (2 * pitch), scale, out c20);
                Load(target + (3 * pitch), scale, out c30);
            }

            var source = b;
            var end = depth * step;
            for (nint i = 0; i < end; i += step)
            {
                Load(source, out var b0);
                source += pitch;
                Row(a0[i], b0, ref c00);
                Row(a1[i], b0, ref c10);
                Row(a2[i], b0, ref c20);
                Row(a3[i], b0, ref c30);
            }

            Store(target, c00);
            Store(target + pitch, c10);
            Store(target + (2 * pitch), c20);
            Store(target + (3 * pitch), c30);
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
