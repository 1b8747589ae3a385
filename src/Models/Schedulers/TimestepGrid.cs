namespace DiTFastAttn.Models.Schedulers;

/// <summary>Lists of training timesteps, highest first, with numpy's float arithmetic: rounding is half to even.</summary>
internal static class TimestepGrid
{
    /// <summary>The spacing of DDIM and DDPM: <paramref name="steps"/> of <paramref name="train"/> timesteps.</summary>
    public static int[] Spaced(TimestepSpacing spacing, int train, int steps, int offset) => spacing switch
    {
        TimestepSpacing.Linspace => Descending(Linspace(train - 1, steps)),
        TimestepSpacing.Leading => Descending(Enumerable.Range(0, steps).Select(i => (double)((i * (train / steps)) + offset))),
        _ => [.. Trailing(train, train, steps).Take(steps)],
    };

    /// <summary>The same without rounding linspace, and with the float range's extra timestep: the spacing of Euler's method.</summary>
    public static double[] Unrounded(TimestepSpacing spacing, int train, int steps, int offset) => spacing switch
    {
        TimestepSpacing.Linspace => [.. Linspace(train - 1, steps).Reverse().Select(t => (double)(float)t)],
        TimestepSpacing.Leading => [.. Spaced(spacing, train, steps, offset).Select(t => (double)t)],
        _ => [.. Trailing(train, train, steps).Select(t => (double)t)],
    };

    /// <summary>The spacing of multistep solvers, which leave out the last of one point more.</summary>
    /// <param name="spacing">Which.</param>
    /// <param name="train">Training timesteps T.</param>
    /// <param name="last">Timesteps that are used, counted from 0.</param>
    /// <param name="steps">Denoising steps n.</param>
    /// <param name="offset">Added in leading spacing.</param>
    public static int[] ForMultistep(TimestepSpacing spacing, int train, int last, int steps, int offset) => spacing switch
    {
        TimestepSpacing.Linspace => Descending(Linspace(last - 1, steps + 1))[..^1],
        TimestepSpacing.Leading => Descending(Enumerable.Range(0, steps + 1).Select(i => (double)((i * (last / (steps + 1))) + offset)))[..^1],
        _ => [.. Trailing(last, train, steps)],
    };

    /// <summary><paramref name="count"/> numbers from 0 to <paramref name="end"/>.</summary>
    public static double[] Linspace(double end, int count)
    {
        var values = new double[count];
        var step = count > 1 ? end / (count - 1) : 0;
        for (var i = 0; i < count; i++)
        {
            values[i] = i * step;
        }

        if (count > 1)
        {
            values[^1] = end;
        }

        return values;
    }

    /// <summary>last, last − T/n, … while above 0, rounded, minus 1: for some n the float range yields one timestep more.</summary>
    private static IEnumerable<int> Trailing(int last, int train, int steps)
    {
        var stride = (double)train / steps;
        var count = (int)Math.Ceiling(last / stride);
        var delta = last - stride - last;
        return Enumerable.Range(0, count).Select(i => (int)Math.Round(last + (i * delta)) - 1);
    }

    private static int[] Descending(IEnumerable<double> ascending) => [.. ascending.Reverse().Select(t => (int)Math.Round(t))];
}
