using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Sites;

/// <summary>How a type is declared in the source.</summary>
internal static class DeclaredTypes
{
    /// <summary>The type and those around it, outermost first.</summary>
    public static ImmutableArray<INamedTypeSymbol> WithContaining(INamedTypeSymbol type)
        => type.ContainingType is { } outer ? WithContaining(outer).Add(type) : [type];

    public static bool IsPartial(INamedTypeSymbol type, CancellationToken cancellation)
        => type.DeclaringSyntaxReferences.Any(
            r => r.GetSyntax(cancellation) is TypeDeclarationSyntax declaration && declaration.Modifiers.Any(SyntaxKind.PartialKeyword));
}
