namespace DiTFastAttn.Hosting.Search;

/// <summary>What is gained by sample: a mean says little of other samples where the samples disagree.</summary>
internal static class SampleGain
{
    /// <summary>The mean less its standard error; of one sample the sample itself.</summary>
    /// <param name="gains">One for each sample, at least one.</param>
    public static double Certain(ReadOnlySpan<double> gains)
    {
        var (mean, squares) = (0.0, 0.0);
        foreach (var gain in gains)
        {
            mean += gain / gains.Length;
        }

        foreach (var gain in gains)
        {
            squares += (gain - mean) * (gain - mean);
        }

        return gains.Length == 1 ? mean : mean - Math.Sqrt(squares / (gains.Length * (gains.Length - 1.0)));
    }
}
