namespace DiTFastAttn.Cli.Verify;

/// <summary>One output of a case, compared.</summary>
/// <param name="Name">The output's name, for example <c>out.forward</c>.</param>
/// <param name="Worst">The error over its limit; at most 1 passes.</param>
/// <param name="Detail">The errors, or what else is wrong.</param>
internal sealed record ComparedOutput(string Name, double Worst, string Detail)
{
    /// <summary>Whether it is within its tolerance.</summary>
    public bool Passes => Worst <= 1;

    /// <summary>An output without a measurable error that fails.</summary>
    public static ComparedOutput Failed(string name, string detail) => new(name, double.PositiveInfinity, detail);
}
