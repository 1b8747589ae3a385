using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Sites;
using DiTFastAttn.Generators.Wrapping;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace DiTFastAttn.CodeFixes;

/// <summary>Derives an adapter from what it stands for, and overrides there what it would only hide.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AdapterBaseCodeFix))]
[Shared]
internal sealed class AdapterBaseCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [WrapDiagnostics.WrongBase.Id, WrapDiagnostics.NothingOverridden.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration
            || fault.Model.GetDeclaredSymbol(declaration, fault.Cancellation) is not { BaseType: { } ancestor } adapter)
        {
            return [];
        }

        return fault.Diagnostic.Id == WrapDiagnostics.WrongBase.Id ? BaseFixes(fault, declaration, adapter, ancestor) : OverrideFixes(fault, adapter, ancestor);
    }

    private static IEnumerable<Fix> BaseFixes(Fault fault, TypeDeclarationSyntax declaration, INamedTypeSymbol adapter, INamedTypeSymbol ancestor)
    {
        if (WrapAttribute.OriginalOf(adapter, fault.Model.Compilation.Assembly, fault.Cancellation) is not { } original || TypeRelations.IsOrDerivesFrom(original, ancestor))
        {
            yield break;
        }

        var module = TypeRelations.ModuleOf(original);
        var type = SyntaxFactory.SimpleBaseType(SyntaxFactory.ParseTypeName(CodeNames.OfType(module))).WithAdditionalAnnotations(Simplifier.Annotation);

        // Of several parts, the one that names the base class.
        var named = declaration.BaseList?.Types.FirstOrDefault(
            b => SymbolEqualityComparer.Default.Equals(fault.Model.GetTypeInfo(b.Type, fault.Cancellation).Type, ancestor));
        if (named is not null)
        {
            yield return new Fix($"Derive it from '{CodeNames.InMessage(module)}'", () => fault.Root.ReplaceNode(named, type.WithTriviaFrom(named)));
        }
    }

    private static IEnumerable<Fix> OverrideFixes(Fault fault, INamedTypeSymbol adapter, INamedTypeSymbol ancestor)
    {
        foreach (var method in adapter.GetMembers().OfType<IMethodSymbol>())
        {
            if (method is not { IsStatic: false, IsOverride: false, MethodKind: MethodKind.Ordinary }
                || TypeRelations.WithBases(ancestor).SelectMany(t => t.GetMembers(method.Name)).OfType<IMethodSymbol>().FirstOrDefault(other => HaveSameParameters(method, other)) is not { } hidden
                || !AdapterBase.IsOverridable(hidden))
            {
                continue;
            }

            var parts = method.DeclaringSyntaxReferences.Where(reference => reference.SyntaxTree == fault.Root.SyntaxTree)
                .Select(reference => reference.GetSyntax(fault.Cancellation)).OfType<MethodDeclarationSyntax>().ToList();
            if (parts.Count == method.DeclaringSyntaxReferences.Length)
            {
                var accessibility = hidden.DeclaredAccessibility == Accessibility.Public ? SyntaxKind.PublicKeyword : SyntaxKind.ProtectedKeyword;
                yield return new Fix($"Override '{method.Name}'", () => fault.Root.ReplaceNodes(parts, (part, _) => Overriding(part, accessibility)));
            }
        }
    }

    private static bool HaveSameParameters(IMethodSymbol one, IMethodSymbol other)
        => one.Parameters.Length == other.Parameters.Length && one.TypeParameters.Length == other.TypeParameters.Length
            && one.Parameters.Zip(other.Parameters, (a, b) => a.RefKind == b.RefKind && SymbolEqualityComparer.Default.Equals(a.Type, b.Type)).All(equal => equal);

    private static MemberDeclarationSyntax Overriding(MethodDeclarationSyntax method, SyntaxKind accessibility)
    {
        var visible = method.Without(SyntaxKind.NewKeyword, SyntaxKind.VirtualKeyword).Visible(accessibility);
        var keyword = SyntaxFactory.Token(SyntaxKind.OverrideKeyword).WithTrailingTrivia(SyntaxFactory.Space);
        return visible.WithModifiers(visible.Modifiers.Insert(1, keyword));
    }
}
