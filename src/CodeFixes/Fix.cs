using System;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.CodeFixes;

/// <summary>One way to mend what a diagnostic says.</summary>
/// <param name="Title">What the user chooses it by.</param>
/// <param name="Apply">Makes the document's new root.</param>
internal sealed record Fix(string Title, Func<SyntaxNode> Apply);
