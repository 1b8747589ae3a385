namespace DiTFastAttn.Cli.Study;

/// <summary>One point of a study, before it is made.</summary>
/// <param name="Name">Its name, and that of its files.</param>
/// <param name="Part">The first part that wants it.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="Steps">Denoising steps T.</param>
internal sealed record PointSpec(string Name, string Part, PointPlan Plan, int Steps)
{
    /// <summary>What its pictures are not to show.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>The point of full attention that it is compared with; <see langword="null"/> for such a point itself, and where nothing is drawn.</summary>
    public PointSpec? Reference { get; init; }

    /// <summary>The point that searches its plan, where it does not itself.</summary>
    public PointSpec? PlanOf { get; init; }

    /// <summary>Whether pictures are drawn; else only times, or attention, are looked at.</summary>
    public bool Draws { get; init; } = true;

    /// <summary>The step whose attention maps are drawn, where attention is looked at.</summary>
    public int? ObservedStep { get; init; }
}
