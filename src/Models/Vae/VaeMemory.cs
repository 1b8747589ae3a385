namespace DiTFastAttn.Models.Vae;

/// <summary>How much memory a decoding takes.</summary>
internal static class VaeMemory
{
    private const int FloatBytes = sizeof(float);

    /// <summary>
    /// The widest place of the decoder in bytes: an upsampling holds its input, the doubled input and its result; a residual block its input, the
    /// normalised input and its result, and a 1×1 shortcut beside them.
    /// </summary>
    public static long Decoding(AutoencoderKLConfig config, ReadOnlySpan<long> shape, VaeTiling? tiling, bool slicing)
    {
        var batch = slicing ? 1 : shape[0];
        var (rows, columns) = (shape[2], shape[3]);
        var held = 0L;
        if (tiling?.CutsLatents(shape) == true)
        {
            // Two rows of tiles, and the result as strips and as a whole.
            var tiles = (columns + (int)(tiling.LatentSize * (1 - tiling.Overlap)) - 1) / (int)(tiling.LatentSize * (1 - tiling.Overlap));
            held = FloatBytes * batch * config.OutChannels
                * ((2 * tiles * tiling.SampleSize * tiling.SampleSize) + (2 * rows * columns * config.SpatialFactor * config.SpatialFactor));
            (rows, columns) = (Math.Min(rows, tiling.LatentSize), Math.Min(columns, tiling.LatentSize));
        }

        var channels = config.BlockOutChannels;
        var widest = 0L;
        for (var i = channels.Count - 1; i >= 0; i--)
        {
            var factor = 1L << (channels.Count - 1 - i);
            var cells = batch * rows * columns * factor * factor;
            long input = channels[Math.Min(i + 1, channels.Count - 1)];
            widest = Math.Max(widest, cells * ((2 * input) + channels[i]));
            widest = Math.Max(widest, cells * 3 * channels[i]);
            widest = Math.Max(widest, i > 0 ? cells * ((1 + 4 + 4) * channels[i]) : 0);
        }

        return held + (FloatBytes * widest);
    }
}
