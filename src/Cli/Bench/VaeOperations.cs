using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Bench;

/// <summary>Floating-point operations of a decoding: a multiply-add is two.</summary>
internal static class VaeOperations
{
    /// <summary>Convolutions, and attention with its linear layers.</summary>
    /// <param name="model">The model, with its tiling.</param>
    /// <param name="shape">Of the latents, <c>[B, C, h, w]</c>.</param>
    public static double Of(AutoencoderKL model, long[] shape)
    {
        if (model.Tiling is not { } tiling || (shape[2] <= tiling.LatentSize && shape[3] <= tiling.LatentSize))
        {
            return shape[0] * Whole(model.Config, shape[2], shape[3]);
        }

        return shape[0] * (from rows in Extents(tiling, shape[2])
                           from columns in Extents(tiling, shape[3])
                           select Whole(model.Config, rows, columns)).Sum();
    }

    private static IEnumerable<long> Extents(VaeTiling tiling, long size)
    {
        for (var begin = 0L; begin < size; begin += (int)(tiling.LatentSize * (1 - tiling.Overlap)))
        {
            yield return Math.Min(tiling.LatentSize, size - begin);
        }
    }

    private static double Whole(AutoencoderKLConfig config, long rows, long columns)
    {
        var channels = config.BlockOutChannels;
        double cells = rows * columns;
        double width = channels[^1];
        var total = Convolution(1, config.LatentChannels, config.LatentChannels, cells) + Convolution(3, config.LatentChannels, width, cells)
            + (4 * Convolution(3, width, width, cells));
        if (config.MidBlockAddAttention)
        {
            total += (4 * Convolution(1, width, width, cells)) + (4 * cells * cells * width);
        }

        for (var i = channels.Count - 1; i >= 0; i--)
        {
            double output = channels[i];
            total += Convolution(3, width, output, cells) + (((2 * config.LayersPerBlock) + 1) * Convolution(3, output, output, cells));
            total += width == output ? 0 : Convolution(1, width, output, cells);
            if (i > 0)
            {
                cells *= 4;
                total += Convolution(3, output, output, cells);
            }

            width = output;
        }

        return total + Convolution(3, width, config.OutChannels, cells);
    }

    private static double Convolution(int kernel, double inputs, double outputs, double cells) => 2 * kernel * kernel * inputs * outputs * cells;
}
