using System.Globalization;
using DiTFastAttn.Hosting.Search;

namespace DiTFastAttn.Hosting.Plans;

/// <summary>Searches the plan for a request by the paper's Algorithm 1.</summary>
/// <param name="threshold">δ</param>
/// <param name="calibration">Begins a generation of calibration samples.</param>
/// <param name="options">The other settings.</param>
internal sealed class GreedyPlanSource(double threshold, Func<PlanRequest, IDenoisingTrajectory> calibration, SearchedPlanOptions options)
{
    // For the order of candidates only, where a run does not say how many tokens it has.
    private const long UsualTokens = 4096;

    public AttentionPlan Search(PlanRequest request)
    {
        using var trajectory = calibration(request)
            ?? throw new InvalidOperationException("calibration: the function that begins the generation of calibration samples returned null.");
        var run = request.Run;
        if (trajectory.Steps != run.Steps || trajectory.Guidance != run.Guidance)
        {
            throw new InvalidOperationException(
                $"calibration: its generation has {trajectory.Steps} steps and guidance {trajectory.Guidance}, the run {run.Steps} and {run.Guidance}: they have to be the same.");
        }

        var result = GreedyPlanSearch.Search(
            request.Model,
            trajectory,
            new GreedySearchOptions { Threshold = threshold, Loss = options.Loss, Candidates = Candidates(request), Window = options.Window },
            request.Progress,
            request.Cancellation);
        return result.Plan with
        {
            GuidanceScale = run.GuidanceScale,
            Scheduler = run.Scheduler,
            Tokens = run.Tokens,
            Resolution = run.Resolution,
            Dtype = run.Dtype,
        };
    }

    /// <summary>What a plan depends on beside the request.</summary>
    public string Describe(PlanRequest request)
        => string.Create(
            CultureInfo.InvariantCulture,
            $"greedy {options.Loss.Name} {threshold:R} {string.Join(' ', Candidates(request))} {options.Window ?? request.Model.Window}");

    private IReadOnlyList<string> Candidates(PlanRequest request)
    {
        if (options.Candidates is { } chosen)
        {
            return chosen;
        }

        var tokens = request.Run.Tokens ?? UsualTokens;
        var site = request.Model.Sites[0];
        var window = options.Window ?? request.Model.Window;
        return GreedySearchOptions.CandidatesOf(
            request.Model.Processors,
            new SiteShape(2, tokens, Math.Max(1, site.Heads), Math.Max(1, site.HeadWidth), window.Axes == 1 ? window.Resolve(tokens) : tokens / 8));
    }
}
