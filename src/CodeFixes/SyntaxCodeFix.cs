using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace DiTFastAttn.CodeFixes;

/// <summary>A code fix that changes one document.</summary>
internal abstract class SyntaxCodeFix : CodeFixProvider
{
    /// <inheritdoc/>
    public sealed override FixAllProvider? GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var document = context.Document;
        var root = await document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        var model = await document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        if (root is null || model is null)
        {
            return;
        }

        foreach (var diagnostic in context.Diagnostics)
        {
            // A diagnostic of a moment ago may stand behind the end of what is left.
            var span = diagnostic.Location.SourceSpan;
            if (!root.FullSpan.Contains(span))
            {
                continue;
            }

            foreach (var fix in Fixes(new Fault(diagnostic, root, root.FindNode(span, getInnermostNodeForTie: true), model, context.CancellationToken)))
            {
                context.RegisterCodeFix(
                    CodeAction.Create(fix.Title, _ => Task.FromResult(document.WithSyntaxRoot(fix.Apply())), equivalenceKey: diagnostic.Id + fix.Title),
                    diagnostic);
            }
        }
    }

    /// <summary>The ways to mend a fault; none where it takes thought.</summary>
    /// <param name="fault">What is wrong.</param>
    protected abstract IEnumerable<Fix> Fixes(Fault fault);
}
