using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Diagnostics;

/// <summary>What can be wrong with a <c>[WrapAttention]</c> and its adapter. Each has a page in <c>docs/diagnostics</c>.</summary>
internal static class WrapDiagnostics
{
    public static readonly DiagnosticDescriptor WrongAdapter = Error(
        "DFA0061",
        "An adapter is a partial class of the project",
        "'{0}' cannot be an adapter: {1}. What is needed is a partial class of this project that derives from a module, as 'internal sealed partial class FastAttention : Module<Tensor, Tensor>'.");

    public static readonly DiagnosticDescriptor WrongOriginal = Error(
        "DFA0062",
        "What is wrapped is a visible module class",
        "'{0}' cannot be wrapped: {1}");

    public static readonly DiagnosticDescriptor WrongBase = Error(
        "DFA0063",
        "An adapter derives from a class of what it stands for",
        "'{0}' stands for '{1}' and {2}");

    public static readonly DiagnosticDescriptor IncompletePlace = Error(
        "DFA0064",
        "Owner and Field name a field together",
        "The wrapping of '{0}' names {1}: give both Owner and Field, with FieldType where the field is not visible, or none of them for the elements of ModuleLists");

    public static readonly DiagnosticDescriptor WrongField = Error(
        "DFA0065",
        "A wrapped field is declared as the wrapping says",
        "The wrapping of '{0}' names the field '{1}' of '{2}': {3}");

    public static readonly DiagnosticDescriptor DoesNotFit = Error(
        "DFA0066",
        "An adapter fits where it is to stand",
        "'{0}' does not fit {1}: {2}");

    public static readonly DiagnosticDescriptor NoSite = Error(
        "DFA0067",
        "An adapter has an attention site",
        "'{0}' stands for '{1}' and has no attention site, so it would change nothing: mark a partial method with [AttentionSite], as 'public override partial Tensor forward(Tensor hidden);'");

    public static readonly DiagnosticDescriptor NothingOverridden = Error(
        "DFA0068",
        "An adapter overrides what its base class computes",
        "'{0}' overrides nothing of '{1}', so whoever calls it gets what '{1}' computes: {2}");

    public static readonly DiagnosticDescriptor OwnState = Error(
        "DFA0069",
        "An adapter has no constructor and no initialised field",
        "'{0}' has {1}, which would not run: attaching makes adapters without a constructor, in the state of the module that they stand for. {2}.");

    public static readonly DiagnosticDescriptor Conflict = Error(
        "DFA0070",
        "A module is wrapped once",
        "{0}: {1}");

    public static readonly DiagnosticDescriptor WrongMember = Error(
        "DFA0071",
        "A member of the original is a partial property or method of an adapter",
        "'{0}' cannot stand for a member of the original: {1}. What is needed is 'private partial Linear qkv {{ get; }}' or a partial method, in a class that [WrapAttention] names as adapter.");

    public static readonly DiagnosticDescriptor UnknownMember = Error(
        "DFA0072",
        "A member of the original is declared as the adapter says",
        "'{0}' stands for '{1}' of '{2}': {3}");

    private static DiagnosticDescriptor Error(string id, string title, string message)
        => new(
            id,
            title,
            message,
            "DiTFastAttn.Wrapping",
            DiagnosticSeverity.Error,
            isEnabledByDefault: true,
            helpLinkUri: SiteDiagnostics.HelpFolder + id + ".md",
            customTags: WellKnownDiagnosticTags.NotConfigurable);
}
