using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Wrapping;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>Opens an adapter to the generator, and takes out of it what would not run.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AdapterCodeFix))]
[Shared]
internal sealed class AdapterCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [WrapDiagnostics.WrongAdapter.Id, WrapDiagnostics.OwnState.Id, WrapDiagnostics.WrongMember.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
        => fault.Diagnostic.Id == WrapDiagnostics.WrongAdapter.Id ? OpenFixes(fault)
            : fault.Diagnostic.Id == WrapDiagnostics.OwnState.Id ? StateFixes(fault)
            : MemberFixes(fault);

    private static IEnumerable<Fix> OpenFixes(Fault fault)
    {
        var named = fault.Node.DescendantNodesAndSelf().OfType<TypeOfExpressionSyntax>().FirstOrDefault();
        if (named is null || fault.Model.GetTypeInfo(named.Type, fault.Cancellation).Type is not INamedTypeSymbol { TypeKind: TypeKind.Class, IsStatic: false } type)
        {
            yield break;
        }

        // The class may be in another file, which a fix of this one leaves alone.
        var declaration = type.DeclaringSyntaxReferences.Where(reference => reference.SyntaxTree == fault.Root.SyntaxTree)
            .Select(reference => reference.GetSyntax(fault.Cancellation)).OfType<TypeDeclarationSyntax>().FirstOrDefault();
        if (declaration is null)
        {
            yield break;
        }

        var kind = type.IsFileLocal && declaration.Modifiers.Any(SyntaxKind.FileKeyword) ? SyntaxKind.FileKeyword
            : type.IsAbstract && type.GetMembers().All(member => !member.IsAbstract) && declaration.Modifiers.Any(SyntaxKind.AbstractKeyword) ? SyntaxKind.AbstractKeyword
            : SyntaxKind.None;
        if (kind != SyntaxKind.None)
        {
            yield return new Fix($"Remove '{SyntaxFacts.GetText(kind)}'", () => fault.Root.ReplaceNode(declaration, declaration.Without(kind)));
        }
        else if (declaration.AncestorsAndSelf().OfType<TypeDeclarationSyntax>().LastOrDefault(around => !around.Modifiers.Any(SyntaxKind.PartialKeyword)) is { } closed)
        {
            yield return new Fix($"Make '{closed.Identifier.ValueText}' partial", () => fault.Root.ReplaceNode(closed, closed.Partial()));
        }
    }

    private static IEnumerable<Fix> StateFixes(Fault fault)
    {
        switch (fault.Node.FirstAncestorOrSelf<MemberDeclarationSyntax>())
        {
            case ConstructorDeclarationSyntax constructor:
                yield return new Fix("Remove the constructor", () => fault.Root.RemoveNode(constructor, SyntaxRemoveOptions.KeepDirectives)!);
                break;
            case PropertyDeclarationSyntax { Initializer: { } initializer, AccessorList.Accessors: { Count: 1 } } property:
                yield return new Fix($"Make '{property.Identifier.ValueText}' a property with '=>'", () => fault.Root.ReplaceNode(
                    property,
                    property.WithAccessorList(null).WithInitializer(null)
                        .WithIdentifier(property.Identifier.WithTrailingTrivia(SyntaxFactory.Space))
                        .WithExpressionBody(SyntaxFactory.ArrowExpressionClause(initializer.Value).WithArrowToken(SyntaxFactory.Token(SyntaxKind.EqualsGreaterThanToken).WithTrailingTrivia(SyntaxFactory.Space)))));
                break;
            case FieldDeclarationSyntax field:
                var at = field.Modifiers.TakeWhile(modifier => modifier.Kind() is SyntaxKind.PrivateKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.InternalKeyword or SyntaxKind.PublicKeyword).Count();
                if (at > 0)
                {
                    var keyword = SyntaxFactory.Token(SyntaxKind.StaticKeyword).WithTrailingTrivia(SyntaxFactory.Space);
                    yield return new Fix(
                        $"Make '{string.Join("' and '", field.Declaration.Variables.Select(variable => variable.Identifier.ValueText))}' static",
                        () => fault.Root.ReplaceNode(field, field.WithModifiers(field.Modifiers.Insert(at, keyword))));
                }

                break;
        }
    }

    private static IEnumerable<Fix> MemberFixes(Fault fault)
    {
        // Where no attribute names the class as adapter, no shape of a member mends that.
        if (fault.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } type || !IsNamedByAnAttribute(type, fault))
        {
            yield break;
        }

        switch (fault.Node.FirstAncestorOrSelf<MemberDeclarationSyntax>())
        {
            case PropertyDeclarationSyntax { Type: not RefTypeSyntax } property:
                yield return new Fix($"Let the generator write '{property.Identifier.ValueText}'", () => fault.Root.ReplaceNode(property, Declared(property)));
                break;
            case MethodDeclarationSyntax { TypeParameterList: null, ReturnType: not RefTypeSyntax } method:
                yield return new Fix($"Let the generator write '{method.Identifier.ValueText}'", () => fault.Root.ReplaceNode(method, Declared(method)));
                break;
        }
    }

    private static bool IsNamedByAnAttribute(TypeDeclarationSyntax type, Fault fault)
        => fault.Model.GetDeclaredSymbol(type, fault.Cancellation) is { } symbol
            && WrapAttribute.OriginalOf(symbol, fault.Model.Compilation.Assembly, fault.Cancellation) is not null;

    private static MemberDeclarationSyntax Declared(PropertyDeclarationSyntax property)
    {
        var get = SyntaxFactory.AccessorDeclaration(SyntaxKind.GetAccessorDeclaration).WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken));
        var accessors = SyntaxFactory.AccessorList([get.WithLeadingTrivia(SyntaxFactory.Space).WithTrailingTrivia(SyntaxFactory.Space)]).WithTrailingTrivia(property.GetTrailingTrivia());
        return ((PropertyDeclarationSyntax)property.Without(SyntaxKind.StaticKeyword, SyntaxKind.ReadOnlyKeyword).VisibleAtAll().Partial())
            .WithIdentifier(property.Identifier.WithTrailingTrivia(SyntaxFactory.Space))
            .WithExpressionBody(null)
            .WithInitializer(null)
            .WithSemicolonToken(default)
            .WithAccessorList(accessors);
    }

    private static MemberDeclarationSyntax Declared(MethodDeclarationSyntax method)
        => ((MethodDeclarationSyntax)method.Without(SyntaxKind.StaticKeyword, SyntaxKind.AsyncKeyword).VisibleAtAll().Partial())
            .WithBody(null)
            .WithExpressionBody(null)
            .WithParameterList(method.ParameterList.WithTrailingTrivia())
            .WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken).WithTrailingTrivia(method.GetTrailingTrivia()));
}
