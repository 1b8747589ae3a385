using System.Threading;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.CodeFixes;

/// <summary>A diagnostic with what it stands on.</summary>
/// <param name="Diagnostic">The diagnostic.</param>
/// <param name="Root">The document's root.</param>
/// <param name="Node">The innermost node at the diagnostic's place.</param>
/// <param name="Model">The document's semantic model.</param>
/// <param name="Cancellation">Ends the search for a fix.</param>
internal sealed record Fault(Diagnostic Diagnostic, SyntaxNode Root, SyntaxNode Node, SemanticModel Model, CancellationToken Cancellation)
{
    /// <summary>An argument of the diagnostic's message.</summary>
    /// <param name="index">Its number in the message.</param>
    public string Argument(int index) => Diagnostic.Properties[Generators.Diagnostics.DiagnosticRecord.ArgumentKey(index)] ?? "";
}
