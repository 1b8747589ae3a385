using DiTFastAttn.Hosting.Search;
using static System.FormattableString;

namespace DiTFastAttn.Cli.Study;

/// <summary>The points that the parts of a study are made of; what several parts want is made once.</summary>
internal sealed class StudyPoints
{
    private readonly OrderedDictionary<string, PointSpec> _points = new(StringComparer.Ordinal);
    private readonly StudySettings _study;
    private readonly int _steps;

    private StudyPoints(StudySettings study) => (_study, _steps) = (study, study.Steps!.Value);

    /// <summary>The points in the order in which they are made.</summary>
    /// <param name="study">A study that says its steps.</param>
    /// <param name="drawsText">Whether the model draws from text, so that prompts can be negative.</param>
    public static IReadOnlyList<PointSpec> Of(StudySettings study, bool drawsText)
    {
        var points = new StudyPoints(study);
        foreach (var kind in StudyParts.All)
        {
            if (study.Parts.FirstOrDefault(part => part.Part == kind) is { } part && (drawsText || kind != StudyParts.NegativePrompts))
            {
                points.Add(part);
            }
        }

        return [.. points._points.Values];
    }

    /// <summary>The name of a point with a searched plan.</summary>
    /// <param name="threshold">δ; the paper's are D1 to D6.</param>
    /// <param name="strategy">The one strategy that is searched with, or <c>all</c>.</param>
    public static string NameOf(double threshold, string strategy)
    {
        var setting = SettingOf(threshold) is { } number ? Invariant($"d{number}") : Invariant($"delta-{threshold:R}");
        return strategy == StudyParts.AllStrategies ? setting : $"{strategy.Replace('+', '-')}-{setting}";
    }

    /// <summary>The name with the number of steps, where that is not the study's.</summary>
    /// <param name="name">A point's name.</param>
    /// <param name="steps">Its steps.</param>
    /// <param name="study">The study.</param>
    public static string WithSteps(string name, int steps, StudySettings study) => steps == study.Steps ? name : Invariant($"{name}-t{steps}");

    /// <summary>The paper's number of a threshold, 1 to 6, or <see langword="null"/>.</summary>
    public static int? SettingOf(double threshold) => StudyParts.PaperThresholds.ToList().IndexOf(threshold) is var place and >= 0 ? place + 1 : null;

    private void Add(StudyPart part)
    {
        switch (part.Part)
        {
            case StudyParts.Thresholds or StudyParts.SearchTime or StudyParts.Latency:
                AddSearched(part, StudyParts.AllStrategies, _steps);
                break;
            case StudyParts.Strategies:
                foreach (var strategy in part.Strategies!)
                {
                    AddSearched(part, strategy, _steps);
                }

                break;
            case StudyParts.Steps:
                foreach (var steps in part.Steps!)
                {
                    AddSearched(part, StudyParts.AllStrategies, steps);
                }

                break;
            case StudyParts.WindowResidual:
                AddSearched(part, "wars", _steps);
                AddSearched(part, "wa", _steps);
                break;
            case StudyParts.NegativePrompts:
                AddNegativePrompts(part);
                break;
            case StudyParts.Attention:
                foreach (var strategy in part.Strategies!)
                {
                    Add(new PointSpec("attention-" + strategy.Replace('+', '-'), part.Part, new PointPlan.Uniform(strategy), _steps) { Draws = false });
                }

                break;
            case StudyParts.Redundancy:
                Add(new PointSpec(StudyParts.Redundancy, part.Part, new PointPlan.Full(), _steps)
                {
                    Draws = false, ObservedStep = Math.Min(part.Step ?? _steps / 2, _steps - 1),
                });
                break;
            case StudyParts.Plan:
                AddSearched(part, [part.Threshold!.Value], StudyParts.AllStrategies, _steps);
                break;
        }
    }

    private void AddSearched(StudyPart part, string strategy, int steps) => AddSearched(part, part.Thresholds!, strategy, steps);

    private void AddSearched(StudyPart part, IReadOnlyList<double> thresholds, string strategy, int steps)
    {
        var full = Full(part, steps);
        IReadOnlyList<string> candidates = strategy == StudyParts.AllStrategies ? GreedySearchOptions.PaperCandidates : [strategy];
        foreach (var threshold in thresholds)
        {
            Add(new PointSpec(StudyPoints.WithSteps(NameOf(threshold, strategy), steps, _study), part.Part, new PointPlan.Searched(threshold, candidates), steps)
            {
                NegativePrompt = _study.NegativePrompt, Reference = full,
            });
        }
    }

    /// <summary>Plans that were searched without a negative prompt, on pictures with one.</summary>
    private void AddNegativePrompts(StudyPart part)
    {
        AddSearched(part, StudyParts.AllStrategies, _steps);
        foreach (var (index, prompt) in part.NegativePrompts!.Index())
        {
            var full = Add(new PointSpec(Invariant($"full-n{index + 1}"), part.Part, new PointPlan.Full(), _steps) { NegativePrompt = prompt });
            foreach (var threshold in part.Thresholds!)
            {
                var searched = _points[NameOf(threshold, StudyParts.AllStrategies)];
                Add(searched with { Name = Invariant($"{searched.Name}-n{index + 1}"), Part = part.Part, NegativePrompt = prompt, Reference = full, PlanOf = searched });
            }
        }
    }

    private PointSpec Full(StudyPart part, int steps)
        => Add(new PointSpec(WithSteps("full", steps, _study), part.Part, new PointPlan.Full(), steps) { NegativePrompt = _study.NegativePrompt });

    private PointSpec Add(PointSpec point)
    {
        _points.TryAdd(point.Name, point);
        return _points[point.Name];
    }
}
