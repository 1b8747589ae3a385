using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Diagnostics;

/// <summary>What can be wrong with an <c>[AttentionSite]</c>. Each has a page in <c>docs/diagnostics</c>.</summary>
internal static class SiteDiagnostics
{
    /// <summary>Where the pages are, below the project's root.</summary>
    public const string HelpFolder = "docs/diagnostics/";

    public static readonly DiagnosticDescriptor TypeNotPartial = Error(
        "DFA0001",
        "A type with an attention site is partial",
        "'{0}' is not partial, so the body of '{1}' cannot be generated: declare it 'partial {2} {0}'");

    public static readonly DiagnosticDescriptor MethodNotPartial = Error(
        "DFA0002",
        "An attention site is a partial method",
        "'{0}' is marked [AttentionSite] and is not a partial method of a class: mark a 'private partial Tensor {1}(Tensor hidden);' instead");

    public static readonly DiagnosticDescriptor MethodHasBody = Error(
        "DFA0003",
        "An attention site has no body of its own",
        "'{0}' is marked [AttentionSite] and has a body, which the generator would write: remove the body, or the attribute");

    public static readonly DiagnosticDescriptor WrongSignature = Error(
        "DFA0004",
        "An attention site takes tokens and returns them",
        "'{0}' cannot be an attention site: {1}. What is needed is an instance method 'Tensor {2}(Tensor hidden, …)' or '(Tensor, Tensor) {2}(Tensor image, Tensor text, …)'.");

    public static readonly DiagnosticDescriptor NotAModule = Error(
        "DFA0005",
        "An attention site belongs to a TorchSharp module",
        "'{0}' has the attention site '{1}' and does not derive from TorchSharp.torch.nn.Module: derive it from Module<Tensor, Tensor> or another module");

    public static readonly DiagnosticDescriptor UnknownProjection = Error(
        "DFA0006",
        "A projection of an attention site is a method of its class",
        "{0} of the site '{1}' names '{2}', and '{3}' has no such method it can call: declare '{4}' or name another");

    public static readonly DiagnosticDescriptor WrongProjection = Error(
        "DFA0007",
        "A projection of an attention site has a fixed signature",
        "{0} of the site '{1}' names {2}: what is needed is '{3}'");

    public static readonly DiagnosticDescriptor WrongSize = Error(
        "DFA0008",
        "The sizes of a site name an int or a long",
        "{0} of the site '{1}' names '{2}', {3}: name a field or readable property of type int or long");

    public static readonly DiagnosticDescriptor DuplicateName = Error(
        "DFA0009",
        "Attention sites of a class have different names",
        "'{0}' and '{1}' are both attention sites {2} in '{3}': give each its own, as in [AttentionSite(\"cross\", …)]");

    public static readonly DiagnosticDescriptor MalformedName = Error(
        "DFA0010",
        "The name of an attention site is one word",
        "The attention site '{0}' is named {1}, {2}: a name is the last part of a module path, as in [AttentionSite(\"attn\", …)]");

    public static readonly DiagnosticDescriptor ClosedBase = Error(
        "DFA0011",
        "A hand-written site host takes no further sites",
        "'{0}' declares attention sites and its base class '{1}' implements IAttentionSiteHost by hand: declare the sites of '{1}' with [AttentionSite], or none in '{0}'");

    public static readonly DiagnosticDescriptor FileLocalType = Error(
        "DFA0012",
        "A type with an attention site is not file-local",
        "'{0}' is a file-local type, so the body of '{1}' cannot be generated in another file: remove the modifier 'file'");

    public static readonly DiagnosticDescriptor KindOfAnotherSignature = Error(
        "DFA0013",
        "The kind of an attention site fits its signature",
        "The attention site '{0}' is declared as {1} and has {2}: JointAttention takes two streams of tokens and returns both, every other kind one");

    public static readonly DiagnosticDescriptor WrongSubLayer = Error(
        "DFA0014",
        "A sub-layer site takes tokens alone and returns them",
        "'{0}' cannot be a sub-layer site: {1}. What is needed is an instance method 'Tensor {2}(Tensor hidden)'.");

    private static DiagnosticDescriptor Error(string id, string title, string message)
        => new(
            id,
            title,
            message,
            "DiTFastAttn.Sites",
            DiagnosticSeverity.Error,
            isEnabledByDefault: true,
            helpLinkUri: HelpFolder + id + ".md",
            customTags: WellKnownDiagnosticTags.NotConfigurable);
}
