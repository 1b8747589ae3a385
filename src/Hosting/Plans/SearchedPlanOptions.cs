using DiTFastAttn.Hosting.Search;

namespace DiTFastAttn.Hosting.Plans;

/// <summary>Settings of <see cref="PlanChoiceExtensions.UseSearchedPlan"/> beside the threshold.</summary>
public sealed class SearchedPlanOptions
{
    /// <summary>The loss; the published thresholds were run with <see cref="PlanLoss.Official"/>.</summary>
    public PlanLoss Loss { get; set; } = PlanLoss.Official;

    /// <summary>
    /// Candidates in the order in which they are tried; <see langword="null"/> for the paper's with every registered strategy of one's own before
    /// those that cost more.
    /// </summary>
    public IReadOnlyList<string>? Candidates { get; set; }

    /// <summary>The window, or <see langword="null"/> for the model's.</summary>
    public AttentionWindow? Window { get; set; }

    /// <summary>A folder in which plans outlive the program, or <see langword="null"/>. Made where it is missing.</summary>
    public string? Folder { get; set; }
}
