using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>The fixed sine-cosine position tables of STDiT, computed in float64.</summary>
internal static class VideoPositions
{
    /// <summary>
    /// The table over a frame, row by row: the first half of the channels encodes the token's column, the second its row, each as [sin, cos] of
    /// coordinate·ω_k with ω_k = 10000^(−2k/(d/2)), k &lt; d/4.
    /// </summary>
    /// <param name="rows">Rows of tokens.</param>
    /// <param name="columns">Columns of tokens.</param>
    /// <param name="width">d, a multiple of 4.</param>
    /// <param name="rowStep">Coordinate from row to row.</param>
    /// <param name="columnStep">Coordinate from column to column.</param>
    /// <param name="frequencyDtype">The frequencies are rounded to it: a model cast to bfloat16 does this to its table.</param>
    /// <returns><c>[1, rows·columns, d]</c>, float32; the caller owns it.</returns>
    public static Tensor OfFrame(int rows, int columns, int width, double rowStep, double columnStep, ScalarType frequencyDtype = ScalarType.Float32)
    {
        var frequencies = Frequencies(width / 2, frequencyDtype);
        var (vertical, horizontal) = (Axis(rows, rowStep, frequencies), Axis(columns, columnStep, frequencies));
        var table = new float[rows * columns * width];
        for (var token = 0; token < rows * columns; token++)
        {
            horizontal[token % columns].CopyTo(table.AsSpan(token * width));
            vertical[token / columns].CopyTo(table.AsSpan((token * width) + (width / 2)));
        }

        return tensor(table, [1L, rows * columns, width]);
    }

    /// <summary>STDiT2's table: coordinates are measured against a square of the frame's area, so that sizes share one scale.</summary>
    /// <param name="rows">Rows of tokens.</param>
    /// <param name="columns">Columns of tokens.</param>
    /// <param name="width">d, a multiple of 4.</param>
    /// <param name="side">√(height · width) of the frame in pixels.</param>
    /// <param name="squareSize">Side of the square of scale 1, in pixels.</param>
    /// <param name="frequencyDtype">The frequencies are rounded to it.</param>
    /// <returns><c>[1, rows·columns, d]</c>, float32; the caller owns it.</returns>
    public static Tensor OfScaledFrame(int rows, int columns, int width, double side, int squareSize, ScalarType frequencyDtype)
    {
        var scale = side / squareSize;
        var baseSize = BaseSize(rows * columns);
        return OfFrame(rows, columns, width, baseSize / scale / rows, baseSize / scale / columns, frequencyDtype);
    }

    /// <summary>Side of the square of as many tokens, rounded half to even.</summary>
    /// <param name="tokens">Tokens of a frame.</param>
    public static int BaseSize(int tokens) => (int)Math.Round(Math.Sqrt(tokens));

    /// <summary>STDiT's table over time: [sin, cos] of frame/scale·ω_k with ω_k = 10000^(−2k/d).</summary>
    /// <param name="frames">T</param>
    /// <param name="width">d</param>
    /// <param name="scale">Divisor of the frame's index.</param>
    /// <returns><c>[1, T, d]</c>, float32; the caller owns it.</returns>
    public static Tensor OfFrames(int frames, int width, double scale)
        => tensor(Axis(frames, 1 / scale, Frequencies(width, ScalarType.Float32)).SelectMany(row => row).ToArray(), [1L, frames, width]);

    private static float[][] Axis(int length, double step, double[] frequencies)
        => [.. Enumerable.Range(0, length).Select(i => (float[])[
            .. frequencies.Select(frequency => (float)Math.Sin(i * step * frequency)),
            .. frequencies.Select(frequency => (float)Math.Cos(i * step * frequency))])];

    private static double[] Frequencies(int width, ScalarType dtype)
    {
        double[] exact = [.. Enumerable.Range(0, width / 2).Select(k => Math.Pow(10000, -2.0 * k / width))];
        if (dtype == ScalarType.Float32)
        {
            return exact;
        }

        using var frequencies = tensor(exact, dtype: ScalarType.Float32);
        using var rounded = frequencies.to(dtype);
        using var wide = rounded.to(ScalarType.Float64);
        return wide.data<double>().ToArray();
    }
}
