using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Diagnostics;

/// <summary>What can be wrong with an <c>[AttentionProcessor]</c>. Each has a page in <c>docs/diagnostics</c>.</summary>
internal static class ProcessorDiagnostics
{
    public static readonly DiagnosticDescriptor NotAStrategy = Error(
        "DFA0041",
        "A strategy is a processor or a decorator",
        "'{0}' is marked [AttentionProcessor] and implements {1}: implement IAttentionProcessor to compute attention, or IAttentionDecorator to stand around another strategy");

    public static readonly DiagnosticDescriptor NotCreatable = Error(
        "DFA0042",
        "A strategy can be created",
        "'{0}' is marked [AttentionProcessor] and is {1}: registration creates one object of it, so mark a class that is not abstract, static or generic");

    public static readonly DiagnosticDescriptor NotVisible = Error(
        "DFA0043",
        "A strategy is visible in its project",
        "'{0}' is marked [AttentionProcessor] and is {1}, so the generated registration cannot name it: make it internal or public");

    public static readonly DiagnosticDescriptor MalformedId = Error(
        "DFA0044",
        "The id of a strategy is lower-case letters, digits and dashes",
        "'{0}' has the id {1}, {2}: use lower-case letters, digits and dashes, as in [AttentionProcessor(\"{3}\")]; '+' joins ids in a plan");

    public static readonly DiagnosticDescriptor ReservedId = Error(
        "DFA0045",
        "The id of a strategy is none of the built-in ones",
        "'{0}' has the id '{1}', which is a built-in strategy: choose another, as in [AttentionProcessor(\"{2}\")]");

    public static readonly DiagnosticDescriptor DuplicateId = Error(
        "DFA0046",
        "Strategies of a project have different ids",
        "'{0}' and '{1}' both have the id '{2}': give each its own, as in [AttentionProcessor(\"{3}\")]");

    public static readonly DiagnosticDescriptor NoConstructor = Error(
        "DFA0047",
        "A strategy has a constructor that services can fill",
        "'{0}' is marked [AttentionProcessor] and {1}: registration needs a public constructor whose parameters are services, such as ILogger<{0}> or IOptions<T>");

    public static readonly DiagnosticDescriptor NoHosting = Error(
        "DFA0048",
        "A project with strategies refers to DiTFastAttn.Hosting",
        "'{0}' is marked [AttentionProcessor] and its project does not refer to DiTFastAttn.Hosting, where strategies are registered: "
            + "add the reference, or remove the attribute and register it with .AddProcessor<{0}>(\"{1}\") where it is used");

    public static readonly DiagnosticDescriptor NotRegistered = new(
        "DFA0049",
        "Marked strategies are registered",
        "'{0}' is never called in this project, so plans cannot name '{1}'{2}: call it on what AddDiTFastAttn returns, as in AddDiTFastAttn().{0}()",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: SiteDiagnostics.HelpFolder + "DFA0049.md");

    private const string Category = "DiTFastAttn.Processors";

    private static DiagnosticDescriptor Error(string id, string title, string message)
        => new(
            id,
            title,
            message,
            Category,
            DiagnosticSeverity.Error,
            isEnabledByDefault: true,
            helpLinkUri: SiteDiagnostics.HelpFolder + id + ".md",
            customTags: WellKnownDiagnosticTags.NotConfigurable);
}
