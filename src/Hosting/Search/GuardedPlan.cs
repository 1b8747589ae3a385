namespace DiTFastAttn.Hosting.Search;

/// <summary>What <see cref="PlanGuard"/> made of a plan.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Before">PSNR in dB of each validation sample before.</param>
/// <param name="After">The same with <paramref name="Plan"/>.</param>
/// <param name="Replaced">Rows that became <c>full</c>.</param>
/// <param name="ForwardEquivalents">Model calls on the validation samples.</param>
public sealed record GuardedPlan(
    AttentionPlan Plan, IReadOnlyList<double> Before, IReadOnlyList<double> After, int Replaced, double ForwardEquivalents);
