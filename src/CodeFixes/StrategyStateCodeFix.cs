using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Usage;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>Lets a strategy's field or property be set while it is made, and not after.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(StrategyStateCodeFix))]
[Shared]
internal sealed class StrategyStateCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [UsageDiagnostics.StrategyState.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        var mend = fault.Diagnostic.Properties.TryGetValue(StrategyStateAnalyzer.Mend, out var given) ? given : null;
        if (mend == StrategyStateAnalyzer.MakeInit && fault.Node.FirstAncestorOrSelf<PropertyDeclarationSyntax>() is { } property
            && property.AccessorList?.Accessors.FirstOrDefault(accessor => accessor.IsKind(SyntaxKind.SetAccessorDeclaration)) is { } setter)
        {
            yield return new Fix(
                $"Let '{property.Identifier.ValueText}' be set by 'init' only",
                () => fault.Root.ReplaceNode(
                    setter,
                    SyntaxFactory.AccessorDeclaration(SyntaxKind.InitAccessorDeclaration, setter.AttributeLists, setter.Modifiers, setter.Body, setter.ExpressionBody)
                        .WithSemicolonToken(setter.SemicolonToken).WithTriviaFrom(setter)));
        }
        else if (mend == StrategyStateAnalyzer.MakeReadOnly && fault.Node.FirstAncestorOrSelf<FieldDeclarationSyntax>() is { } field)
        {
            yield return new Fix(
                $"Make '{string.Join("' and '", field.Declaration.Variables.Select(variable => variable.Identifier.ValueText))}' readonly",
                () => fault.Root.ReplaceNode(field, field.AddModifiers(SyntaxFactory.Token(SyntaxKind.ReadOnlyKeyword).WithTrailingTrivia(SyntaxFactory.Space))));
        }
    }
}
