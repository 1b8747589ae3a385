using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace DiTFastAttn.CodeFixes;

/// <summary>Makes a marked class a strategy that computes full attention, to be changed from there; or takes the mark away.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ProcessorCodeFix))]
[Shared]
internal sealed class ProcessorCodeFix : SyntaxCodeFix
{
    private const string Traits =
        "public global::DiTFastAttn.ProcessorTraits Traits { get; } = new(Reads: global::DiTFastAttn.SiteState.None, Writes: global::DiTFastAttn.SiteState.Output);";

    private const string Attend = """
        public global::TorchSharp.torch.Tensor Attend(in global::DiTFastAttn.AttentionCall call)
        {
            using var input = call.Project();
            using var attended = call.Kernel.Full(input);
            return call.Output(attended);
        }
        """;

    private const string Cost
        = "public global::DiTFastAttn.AttentionCost Cost(in global::DiTFastAttn.SiteShape shape) => new(shape.Projections, shape.FullAttention);";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [ProcessorDiagnostics.NotAStrategy.Id, ProcessorDiagnostics.NoHosting.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration || fault.Model.GetDeclaredSymbol(declaration, fault.Cancellation) is not { } type)
        {
            yield break;
        }

        // A class that is both has members of both: which to drop takes thought.
        if (fault.Diagnostic.Id == ProcessorDiagnostics.NotAStrategy.Id && type.AllInterfaces.All(i => i.Name != "IAttentionProcessor"))
        {
            yield return new Fix("Implement IAttentionProcessor, full attention to begin with", () => fault.Root.ReplaceNode(declaration, Implemented(declaration, type)));
        }

        if (declaration.AttributeLists.SelectMany(list => list.Attributes).FirstOrDefault(SiteAttributes.IsProcessor) is { } attribute)
        {
            yield return new Fix("Remove [AttentionProcessor]", () => fault.Root.ReplaceNode(declaration, declaration.Without(attribute)));
        }
    }

    private static TypeDeclarationSyntax Implemented(TypeDeclarationSyntax declaration, INamedTypeSymbol type)
    {
        var strategy = SyntaxFactory.SimpleBaseType(SyntaxFactory.ParseTypeName("global::DiTFastAttn.IAttentionProcessor"))
            .WithAdditionalAnnotations(Simplifier.Annotation);
        var header = (declaration.OpenBraceToken.IsKind(SyntaxKind.None) ? declaration.SemicolonToken : declaration.OpenBraceToken).GetPreviousToken();
        var changed = declaration.ReplaceToken(header, header.WithTrailingTrivia());
        changed = (TypeDeclarationSyntax)changed.AddBaseListTypes(strategy);
        changed = changed.WithBaseList(changed.BaseList!.WithTrailingTrivia(header.TrailingTrivia));
        foreach (var (name, text) in new[] { ("Traits", Traits), ("Attend", Attend), ("Cost", Cost) })
        {
            changed = type.GetMembers(name).IsEmpty ? changed.WithMember(text) : changed;
        }

        return changed.WithAdditionalAnnotations(Formatter.Annotation);
    }
}
