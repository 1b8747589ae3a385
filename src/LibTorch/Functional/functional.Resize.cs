using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>How values between elements arise.</summary>
    public enum InterpolationMode
    {
        Nearest = 0,
        Linear = 1,
        Bilinear = 2,
        Bicubic = 3,
        Trilinear = 4,
        Area = 5,
        NearestExact = 6,
    }

    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Pads every dimension on both sides.</summary>
            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
            {
                var sides = new long[2 * input.ndim];
                Array.Fill(sides, pad);
                return functional.pad(input, sides, mode, value);
            }

            /// <summary>Pads the last dimension by what is given for its left and right.</summary>
            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2], mode, value);

            /// <summary>Pads the last two dimensions: left, right, top, bottom.</summary>
            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            /// <summary>Pads by pairs, the last dimension's first. A negative number cuts.</summary>
            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.ToArray(), mode, value);

            /// <summary>Pads by pairs, the last dimension's first. A negative number cuts.</summary>
            /// <param name="input">The tensor.</param>
            /// <param name="pad">Pairs of numbers of elements.</param>
            /// <param name="mode">What the new elements are.</param>
            /// <param name="value">Their value, where the mode is a constant.</param>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => mode switch
            {
                PaddingModes.Reflect => Op.pad.Call(input, pad, "reflect"),
                PaddingModes.Replicate => Op.pad.Call(input, pad, "replicate"),
                PaddingModes.Circular => Op.pad.Call(input, pad, "circular"),
                _ => Op.pad.Call(input, pad, "constant", value),
            };

            /// <summary>Resizes the dimensions after batch and channels: <c>[N, C, *] -> [N, C, *size]</c>.</summary>
            /// <param name="x">The tensor, with one to three dimensions to resize.</param>
            /// <param name="size">The new sizes; else <paramref name="scale_factor"/> gives them, one for all or one for each.</param>
            /// <param name="scale_factor">Factors of the sizes.</param>
            /// <param name="mode">How values between elements arise.</param>
            /// <param name="align_corners">Whether the corners of both stay in place; for the linear and cubic modes only.</param>
            /// <param name="recompute_scale_factor">Whether the factors are computed again from the rounded sizes.</param>
            /// <param name="antialias">Whether shrinking averages; for the bilinear and bicubic modes.</param>
            public static Tensor interpolate(
                Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null,
                bool recompute_scale_factor = false, bool antialias = false)
            {
                var spatial = (int)x.ndim - 2;
                if (spatial is < 1 or > 3) throw new ArgumentException($"interpolate takes 3 to 5 dimensions, got {x.ndim}", nameof(x));
                if (size is null == scale_factor is null) throw new ArgumentException("interpolate takes either size or scale_factor", nameof(size));
                if (align_corners is not null && mode is InterpolationMode.Nearest or InterpolationMode.NearestExact or InterpolationMode.Area)
                    throw new ArgumentException($"align_corners is for the linear and cubic modes, not for {mode}", nameof(align_corners));
                if (antialias && mode is not (InterpolationMode.Bilinear or InterpolationMode.Bicubic))
                    throw new ArgumentException($"antialias is for Bilinear and Bicubic, not for {mode}", nameof(antialias));

                var sizes = size is null ? null : ForEach(size, spatial, nameof(size));
                var factors = scale_factor is null ? null : ForEach(scale_factor, spatial, nameof(scale_factor));
                if (factors is not null && (recompute_scale_factor || mode == InterpolationMode.Area))
                {
                    var shape = x.shape;
                    sizes = [.. factors.Select((f, d) => (long)Math.Floor(shape[d + 2] * f))];
                    factors = null;
                }
                var corners = align_corners ?? false;
                return (mode, spatial) switch
                {
                    (InterpolationMode.Nearest, 1) => Op.upsample_nearest1d_vec.Call(x, sizes, factors),
                    (InterpolationMode.Nearest, 2) => Op.upsample_nearest2d_vec.Call(x, sizes, factors),
                    (InterpolationMode.Nearest, _) => Op.upsample_nearest3d_vec.Call(x, sizes, factors),
                    (InterpolationMode.NearestExact, 1) => Op.upsample_nearest_exact1d_vec.Call(x, sizes, factors),
                    (InterpolationMode.NearestExact, 2) => Op.upsample_nearest_exact2d_vec.Call(x, sizes, factors),
                    (InterpolationMode.NearestExact, _) => Op.upsample_nearest_exact3d_vec.Call(x, sizes, factors),
                    (InterpolationMode.Area, 1) => Op.adaptive_avg_pool1d.Call(x, sizes),
                    (InterpolationMode.Area, 2) => Op.adaptive_avg_pool2d.Call(x, sizes),
                    (InterpolationMode.Area, _) => Op.adaptive_avg_pool3d.Call(x, sizes),
                    (InterpolationMode.Linear, 1) => Op.upsample_linear1d_vec.Call(x, sizes, corners, factors),
                    (InterpolationMode.Bilinear, 2) when antialias => Op.upsample_bilinear2d_aa_vec.Call(x, sizes, corners, factors),
                    (InterpolationMode.Bilinear, 2) => Op.upsample_bilinear2d_vec.Call(x, sizes, corners, factors),
                    (InterpolationMode.Bicubic, 2) when antialias => Op.upsample_bicubic2d_aa_vec.Call(x, sizes, corners, factors),
                    (InterpolationMode.Bicubic, 2) => Op.upsample_bicubic2d_vec.Call(x, sizes, corners, factors),
                    (InterpolationMode.Trilinear, 3) => Op.upsample_trilinear3d_vec.Call(x, sizes, corners, factors),
                    _ => throw new ArgumentException($"interpolate has no mode {mode} for {x.ndim} dimensions", nameof(mode)),
                };
            }

            private static T[] ForEach<T>(T[] values, int count, string name)
            {
                if (values.Length == count) return values;
                if (values.Length != 1) throw new ArgumentException($"{name} has {values.Length} numbers, wanted {count} or one", name);
                return [.. Enumerable.Repeat(values[0], count)];
            }
        }
    }
}
