using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>Makes types and methods partial, and leaves the body of a site to the generator.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(PartialCodeFix))]
[Shared]
internal sealed class PartialCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
    [
        SiteDiagnostics.TypeNotPartial.Id, SiteDiagnostics.MethodNotPartial.Id, SiteDiagnostics.MethodHasBody.Id,
    ];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Diagnostic.Id == SiteDiagnostics.TypeNotPartial.Id)
        {
            if (fault.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { } type)
            {
                yield return new Fix($"Make '{type.Identifier.ValueText}' partial", () => fault.Root.ReplaceNode(type, type.Partial()));
            }

            yield break;
        }

        // Local functions and accessors are no members: nothing mechanical makes a site of them.
        if (fault.Node is not MethodDeclarationSyntax method)
        {
            yield break;
        }

        var name = method.Identifier.ValueText;
        if (SiteOf(method) is { } site)
        {
            yield return new Fix($"Let the generator write the body of '{name}'", () => fault.Root.ReplaceNode(method, WithoutBody(method)));
            yield return new Fix($"'{name}' is no attention site: remove the attribute", () => fault.Root.ReplaceNode(method, method.Without(site)));
        }
        else
        {
            // The other part has the attribute.
            yield return new Fix(
                $"Let the generator write the body of '{name}'", () => fault.Root.RemoveNode(method, SyntaxRemoveOptions.KeepDirectives)!);
        }
    }

    private static MemberDeclarationSyntax WithoutBody(MethodDeclarationSyntax method)
        => ((MethodDeclarationSyntax)method.Partial().Without(SyntaxKind.AsyncKeyword).VisibleAtAll())
            .WithBody(null)
            .WithExpressionBody(null)
            .WithParameterList(method.ParameterList.WithTrailingTrivia())
            .WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken).WithTrailingTrivia(method.GetTrailingTrivia()));

    private static AttributeSyntax? SiteOf(MethodDeclarationSyntax method)
        => method.AttributeLists.SelectMany(list => list.Attributes).FirstOrDefault(attribute => SiteAttributes.IsSite(attribute));
}
