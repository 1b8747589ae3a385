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

/// <summary>Takes away a modifier that is in the way, or makes something visible.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ModifierCodeFix))]
[Shared]
internal sealed class ModifierCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
    [
        SiteDiagnostics.FileLocalType.Id, SiteDiagnostics.WrongSignature.Id,
        ProcessorDiagnostics.NotCreatable.Id, ProcessorDiagnostics.NotVisible.Id, ProcessorDiagnostics.NoConstructor.Id,
    ];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<MemberDeclarationSyntax>() is not { } declaration)
        {
            yield break;
        }

        if (fault.Diagnostic.Id == ProcessorDiagnostics.NotVisible.Id)
        {
            var hidden = declaration.AncestorsAndSelf().OfType<TypeDeclarationSyntax>().Where(type => IsHidden(type, fault)).Reverse().ToList();
            yield return new Fix(
                $"Make {string.Join(" and ", hidden.Select(type => $"'{type.Identifier.ValueText}'"))} internal",
                () => fault.Root.ReplaceNodes(hidden, (_, type) => type.Visible(SyntaxKind.InternalKeyword)));
        }
        else if (fault.Diagnostic.Id == ProcessorDiagnostics.NoConstructor.Id)
        {
            var constructors = ((declaration as TypeDeclarationSyntax)?.Members ?? []).OfType<ConstructorDeclarationSyntax>()
                .Where(constructor => !constructor.Modifiers.Any(SyntaxKind.StaticKeyword)).ToList();
            if (constructors.Count == 1 && !constructors[0].Modifiers.Any(SyntaxKind.PublicKeyword))
            {
                yield return new Fix("Make the constructor public", () => fault.Root.ReplaceNode(constructors[0], constructors[0].Visible(SyntaxKind.PublicKeyword)));
            }
        }
        else if (InTheWay(declaration, fault) is var kind && kind != SyntaxKind.None)
        {
            yield return new Fix($"Remove '{SyntaxFacts.GetText(kind)}'", () => fault.Root.ReplaceNode(declaration, declaration.Without(kind)));
        }
    }

    private static SyntaxKind InTheWay(MemberDeclarationSyntax declaration, Fault fault)
    {
        var symbol = fault.Model.GetDeclaredSymbol(declaration, fault.Cancellation);
        return fault.Diagnostic.Id == SiteDiagnostics.FileLocalType.Id ? Present(SyntaxKind.FileKeyword)
            : symbol is IMethodSymbol { IsGenericMethod: false } ? Present(SyntaxKind.StaticKeyword)
            : symbol is INamedTypeSymbol { IsStatic: false } type && type.GetMembers().All(member => !member.IsAbstract) ? Present(SyntaxKind.AbstractKeyword)
            : SyntaxKind.None;

        SyntaxKind Present(SyntaxKind kind) => declaration.Modifiers.Any(kind) ? kind : SyntaxKind.None;
    }

    private static bool IsHidden(TypeDeclarationSyntax type, Fault fault)
        => fault.Model.GetDeclaredSymbol(type, fault.Cancellation) is { } symbol
            && (symbol.IsFileLocal || symbol.DeclaredAccessibility is Accessibility.Private or Accessibility.Protected or Accessibility.ProtectedAndInternal);
}
