namespace DiTFastAttn.Cli.Study;

/// <summary>The kinds of parts, the fields each has, and what holds where they are left out.</summary>
internal static class StudyParts
{
    public const string Thresholds = "thresholds";
    public const string Strategies = "strategies";
    public const string Steps = "steps";
    public const string WindowResidual = "window-residual";
    public const string NegativePrompts = "negative-prompts";
    public const string Attention = "attention";
    public const string SearchTime = "search-time";
    public const string Latency = "latency";
    public const string Redundancy = "redundancy";
    public const string Plan = "plan";

    /// <summary>All of the paper's strategies together.</summary>
    public const string AllStrategies = "all";

    /// <summary>All kinds, in the order in which their points are made.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Thresholds, Strategies, Steps, WindowResidual, NegativePrompts, Attention, SearchTime, Latency, Redundancy, Plan];

    /// <summary>D1 to D6.</summary>
    public static IReadOnlyList<double> PaperThresholds { get; } = [.025, .05, .075, .1, .125, .15];

    /// <summary>The fields of a kind beside <c>part</c>.</summary>
    /// <param name="kind">One of <see cref="All"/>.</param>
    public static IReadOnlyList<string> FieldsOf(string kind) => kind switch
    {
        Strategies => ["strategies", "thresholds"],
        Steps => ["steps", "thresholds"],
        NegativePrompts => ["negative_prompts", "thresholds"],
        Attention => ["strategies"],
        Redundancy => ["step"],
        Plan => ["threshold"],
        _ => ["thresholds"],
    };

    /// <summary>The part with everything that it leaves out.</summary>
    /// <param name="part">A part.</param>
    public static StudyPart Complete(StudyPart part)
    {
        var fields = FieldsOf(part.Part);
        return part with
        {
            Thresholds = fields.Contains("thresholds") ? part.Thresholds ?? (part.Part == NegativePrompts ? [.15] : PaperThresholds) : null,
            Strategies = part.Strategies ?? part.Part switch
            {
                Strategies => ["wars", "ast", "asc", AllStrategies],
                Attention => ["asc", "wars", "wars+asc", "ast"],
                _ => null,
            },
            Steps = part.Part == Steps ? part.Steps ?? [50, 100, 150, 200] : null,
            NegativePrompts = part.Part == NegativePrompts ? part.NegativePrompts ?? ["low quality, blurry"] : null,
            Threshold = part.Part == Plan ? part.Threshold ?? .15 : null,
        };
    }
}
