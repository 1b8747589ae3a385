using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>Gives a strategy the id that the message proposes.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ProcessorIdCodeFix))]
[Shared]
internal sealed class ProcessorIdCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        [ProcessorDiagnostics.MalformedId.Id, ProcessorDiagnostics.ReservedId.Id, ProcessorDiagnostics.DuplicateId.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<AttributeArgumentSyntax>() is { } argument)
        {
            var proposed = fault.Argument(fault.Diagnostic.Id == ProcessorDiagnostics.ReservedId.Id ? 2 : 3);
            var literal = SyntaxFactory.ParseExpression(CodeNames.Literal(proposed)).WithTriviaFrom(argument.Expression);
            yield return new Fix($"Change the id to '{proposed}'", () => fault.Root.ReplaceNode(argument.Expression, literal));
        }
    }
}
