using System.CommandLine;

namespace DiTFastAttn.Cli.Plans;

/// <summary>The option that says how a run's batch is laid out.</summary>
internal static class GuidanceOption
{
    /// <summary><c>--guidance</c></summary>
    public static readonly Option<Guidance?> Option = ValueOption.Make<Guidance?>(
        ["--guidance"], "conditional-first|conditional-last|none", "How the run's batch is laid out; as the plan says where not given, or conditional-first where that says nothing.",
        text => text switch
        {
            "none" => Guidance.None,
            "conditional-first" => Guidance.ConditionalFirst,
            "conditional-last" => Guidance.ConditionalLast,
            _ => throw new FormatException("give one of conditional-first, conditional-last, none"),
        });
}
