using static System.FormattableString;

namespace DiTFastAttn.Cli.Study;

/// <summary>Where a point's plan is from.</summary>
internal abstract record PointPlan
{
    private PointPlan()
    {
    }

    /// <summary>For the point's settings.</summary>
    public abstract string Text { get; }

    /// <summary>Full attention everywhere.</summary>
    internal sealed record Full : PointPlan
    {
        public override string Text => "full";
    }

    /// <summary>The paper's greedy search.</summary>
    /// <param name="Threshold">δ</param>
    /// <param name="Candidates">Strategies, in the order in which they are tried.</param>
    internal sealed record Searched(double Threshold, IReadOnlyList<string> Candidates) : PointPlan
    {
        public override string Text => Invariant($"greedy, threshold {Threshold:R}, of {string.Join(", ", Candidates)}");
    }

    /// <summary>One strategy at every site and every step behind the first.</summary>
    /// <param name="Strategy">Its id.</param>
    internal sealed record Uniform(string Strategy) : PointPlan
    {
        public override string Text => $"{Strategy} behind the first step";
    }
}
