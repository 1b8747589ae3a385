using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Sites;

/// <summary>How generated code and messages spell symbols.</summary>
internal static class CodeNames
{
    private static readonly SymbolDisplayFormat Type = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    private static readonly SymbolDisplayFormat MethodWithoutModifiers = Type
        .WithMemberOptions(SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeRef)
        .WithGenericsOptions(SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints)
        .WithParameterOptions(
            SymbolDisplayParameterOptions.IncludeType
            | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeModifiers);

    private static readonly SymbolDisplayFormat TypeDeclaration = new(
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    private static readonly SymbolDisplayFormat NamespaceInMetadata = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces);

    public static string OfType(ITypeSymbol type) => type.ToDisplayString(Type);

    /// <summary>The namespace as a declaration spells it, or <see langword="null"/> for the global one.</summary>
    public static string? OfNamespace(INamespaceSymbol space)
        => space.IsGlobalNamespace
            ? null
            : space.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted));

    /// <summary><c>partial class Block&lt;T&gt;</c></summary>
    public static string OfTypeDeclaration(INamedTypeSymbol type) => $"partial {Keyword(type)} {type.ToDisplayString(TypeDeclaration)}";

    /// <summary><c>private partial global::TorchSharp.torch.Tensor Attend(global::TorchSharp.torch.Tensor hidden)</c></summary>
    public static string OfMethodDeclaration(IMethodSymbol method, SyntaxTokenList modifiers)
    {
        var kept = modifiers
            .Where(m => !m.IsKind(SyntaxKind.PartialKeyword) && !m.IsKind(SyntaxKind.AsyncKeyword) && !m.IsKind(SyntaxKind.AbstractKeyword))
            .Select(m => m.ValueText + " ");
        return string.Concat(kept) + "partial " + method.ToDisplayString(MethodWithoutModifiers);
    }

    /// <summary>The identifier, with <c>@</c> where it is a keyword.</summary>
    public static string Escape(string identifier)
        => SyntaxFacts.GetKeywordKind(identifier) != SyntaxKind.None || SyntaxFacts.GetContextualKeywordKind(identifier) != SyntaxKind.None
            ? "@" + identifier
            : identifier;

    /// <summary>The symbol as a person reads it, return type and parameters included.</summary>
    public static string InMessage(ISymbol symbol) => symbol.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);

    public static string Literal(string text) => SymbolDisplay.FormatLiteral(text, quote: true);

    public static string Keyword(INamedTypeSymbol type) => (type.TypeKind, type.IsRecord) switch
    {
        (TypeKind.Interface, _) => "interface",
        (TypeKind.Struct, true) => "record struct",
        (TypeKind.Struct, false) => "struct",
        (_, true) => "record",
        _ => "class",
    };

    /// <summary>The name in metadata, <c>Demo.Outer`1+Block</c>: unique, but for letter case also as a file's name.</summary>
    public static string OfMetadata(INamedTypeSymbol type)
        => type.ContainingType is { } outer ? OfMetadata(outer) + "+" + type.MetadataName
            : type.ContainingNamespace.IsGlobalNamespace ? type.MetadataName
            : type.ContainingNamespace.ToDisplayString(NamespaceInMetadata) + "." + type.MetadataName;
}
