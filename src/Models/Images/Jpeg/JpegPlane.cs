namespace DiTFastAttn.Models.Images.Jpeg;

/// <summary>The samples of a component, as libjpeg computes them to the last bit: its accurate integer transform and its smooth upsampling.</summary>
internal sealed class JpegPlane
{
    private const int ConstBits = 13;
    private const int Pass1Bits = 2;

    private readonly byte[] _samples;
    private readonly int _stride;

    private JpegPlane(byte[] samples, int stride, int width, int height) => (_samples, _stride, Width, Height) = (samples, stride, width, height);

    public int Width { get; }

    public int Height { get; }

    /// <summary>Transforms a component's coefficients back.</summary>
    /// <param name="component">The component.</param>
    /// <param name="quantisation">What its coefficients are multiplied by, in the order of rows.</param>
    public static JpegPlane Of(JpegComponent component, int[] quantisation)
    {
        var stride = component.BlockColumns * 8;
        var samples = new byte[stride * component.BlockRows * 8];
        Parallel.For(0, component.BlockRows, row =>
        {
            Span<int> work = stackalloc int[64];
            for (var column = 0; column < component.BlockColumns; column++)
            {
                Transform(component.Block(row, column), quantisation, work, samples.AsSpan((row * 8 * stride) + (column * 8)), stride);
            }
        });
        return new JpegPlane(samples, stride, component.Width, component.Height);
    }

    /// <summary>A row of samples.</summary>
    public ReadOnlySpan<byte> Row(int row) => _samples.AsSpan(row * _stride, Width);

    /// <summary>Makes the plane larger: by smooth interpolation where either side doubles, else by repetition.</summary>
    public JpegPlane Enlarge(int across, int down) => (across, down) switch
    {
        (1, 1) => this,
        (2, 1) when Width > 2 => Smooth(2, 1, (row, _, target) => DoubleRow(Row(row), target)),
        (1, 2) => Smooth(1, 2, (row, neighbour, target) => Blend(Row(row), Row(Nearest(row, neighbour)), neighbour < 0 ? 1 : 2, target)),
        (2, 2) when Width > 2 => Smooth(2, 2, (row, neighbour, target) => DoubleBlended(Row(row), Row(Nearest(row, neighbour)), target)),
        _ => Smooth(across, down, (row, _, target) =>
        {
            var from = Row(row);
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = from[i / across];
            }
        }),
    };

    private JpegPlane Smooth(int across, int down, RowMaker make)
    {
        var (width, height) = (Width * across, Height * down);
        var samples = new byte[width * height];
        Parallel.For(0, height, row => make(row / down, row % down == 0 ? -1 : 1, samples.AsSpan(row * width, width)));
        return new JpegPlane(samples, width, width, height);
    }

    private int Nearest(int row, int neighbour) => Math.Clamp(row + neighbour, 0, Height - 1);

    private static void DoubleRow(ReadOnlySpan<byte> from, Span<byte> to)
    {
        var last = from.Length - 1;
        (to[0], to[1]) = (from[0], (byte)(((from[0] * 3) + from[1] + 2) >> 2));
        for (var i = 1; i < last; i++)
        {
            (to[2 * i], to[(2 * i) + 1]) = ((byte)(((from[i] * 3) + from[i - 1] + 1) >> 2), (byte)(((from[i] * 3) + from[i + 1] + 2) >> 2));
        }

        (to[2 * last], to[(2 * last) + 1]) = ((byte)(((from[last] * 3) + from[last - 1] + 1) >> 2), from[last]);
    }

    private static void Blend(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, int bias, Span<byte> to)
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = (byte)(((near[i] * 3) + far[i] + bias) >> 2);
        }
    }

    private static void DoubleBlended(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, Span<byte> to)
    {
        var (before, here) = (0, (near[0] * 3) + far[0]);
        for (var i = 0; i < near.Length; i++)
        {
            var after = i + 1 < near.Length ? (near[i + 1] * 3) + far[i + 1] : 0;
            to[2 * i] = (byte)(i == 0 ? ((here * 4) + 8) >> 4 : ((here * 3) + before + 8) >> 4);
            to[(2 * i) + 1] = (byte)(i + 1 == near.Length ? ((here * 4) + 7) >> 4 : ((here * 3) + after + 7) >> 4);
            (before, here) = (here, after);
        }
    }

    private static void Transform(ReadOnlySpan<short> block, int[] quantisation, Span<int> work, Span<byte> target, int stride)
    {
        for (var i = 0; i < 64; i++)
        {
            work[i] = block[i] * quantisation[i];
        }

        for (var column = 0; column < 8; column++)
        {
            Pass(work[column..], 8, ConstBits - Pass1Bits);
        }

        for (var row = 0; row < 8; row++)
        {
            Pass(work[(row * 8)..], 1, ConstBits + Pass1Bits + 3);
            for (var column = 0; column < 8; column++)
            {
                target[(row * stride) + column] = (byte)Math.Clamp(work[(row * 8) + column] + 128, 0, 255);
            }
        }
    }

    /// <summary>Eight values in place: jidctint.c of libjpeg (Loeffler, Ligtenberg and Moschytz 1989), constants of 13 binary places.</summary>
    private static void Pass(Span<int> x, int step, int shift)
    {
        const int C0298 = 2446, C0390 = 3196, C0541 = 4433, C0765 = 6270, C0899 = 7373, C1175 = 9633;
        const int C1501 = 12299, C1847 = 15137, C1961 = 16069, C2053 = 16819, C2562 = 20995, C3072 = 25172;
        var z = (x[2 * step] + x[6 * step]) * C0541;
        var (even2, even3) = (z - (x[6 * step] * C1847), z + (x[2 * step] * C0765));
        var (even0, even1) = ((x[0] + x[4 * step]) << ConstBits, (x[0] - x[4 * step]) << ConstBits);
        var (t10, t13, t11, t12) = (even0 + even3, even0 - even3, even1 + even2, even1 - even2);

        var (o0, o1, o2, o3) = (x[7 * step], x[5 * step], x[3 * step], x[step]);
        var z5 = (o0 + o2 + o1 + o3) * C1175;
        var (z1, z2) = ((o0 + o3) * -C0899, (o1 + o2) * -C2562);
        var (z3, z4) = (((o0 + o2) * -C1961) + z5, ((o1 + o3) * -C0390) + z5);
        o0 = (o0 * C0298) + z1 + z3;
        o1 = (o1 * C2053) + z2 + z4;
        o2 = (o2 * C3072) + z2 + z3;
        o3 = (o3 * C1501) + z1 + z4;

        var half = 1 << (shift - 1);
        (x[0], x[7 * step]) = ((t10 + o3 + half) >> shift, (t10 - o3 + half) >> shift);
        (x[step], x[6 * step]) = ((t11 + o2 + half) >> shift, (t11 - o2 + half) >> shift);
        (x[2 * step], x[5 * step]) = ((t12 + o1 + half) >> shift, (t12 - o1 + half) >> shift);
        (x[3 * step], x[4 * step]) = ((t13 + o0 + half) >> shift, (t13 - o0 + half) >> shift);
    }

    private delegate void RowMaker(int row, int neighbour, Span<byte> target);
}
