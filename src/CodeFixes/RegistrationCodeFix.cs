using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using DiTFastAttn.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>Registers a project's strategies behind <c>AddDiTFastAttn</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(RegistrationCodeFix))]
[Shared]
internal sealed class RegistrationCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [ProcessorDiagnostics.NotRegistered.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } call)
        {
            yield break;
        }

        // Before the line's end, where the chain goes on in the next line.
        var method = fault.Argument(0);
        yield return new Fix($"Call {method}", () => fault.Root.ReplaceNode(call, SyntaxFactory.InvocationExpression(
            SyntaxFactory.MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, call.WithoutTrailingTrivia(), SyntaxFactory.IdentifierName(method)))
            .WithTrailingTrivia(call.GetTrailingTrivia())));
    }
}
