namespace DiTFastAttn.Hosting.Search;

/// <summary>Another strategy for a cell of a plan: a step and a group of sites.</summary>
/// <param name="Step">The step.</param>
/// <param name="Group">The group.</param>
/// <param name="Row">The step's row with the move.</param>
/// <param name="Prices">What the plan costs more with it, by each limit's price; less than 0 where it saves.</param>
internal sealed record PlanMove(int Step, int Group, IReadOnlyList<string> Row, long[] Prices)
{
    /// <summary>Where it is: a cell takes one move at a time.</summary>
    public (int Step, int Group) Cell => (Step, Group);
}
