using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using DiTFastAttn.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>Returns a handle of its own instead of a borrowed tensor.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(AliasCodeFix))]
[Shared]
internal sealed class AliasCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [UsageDiagnostics.BorrowedTensor.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node is ExpressionSyntax borrowed)
        {
            var alias = fault.Argument(2);
            yield return new Fix($"Return {alias}", () => fault.Root.ReplaceNode(borrowed, SyntaxFactory.ParseExpression(alias).WithTriviaFrom(borrowed)));
        }
    }
}
