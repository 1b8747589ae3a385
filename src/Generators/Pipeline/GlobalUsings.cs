using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Pipeline;

/// <summary>What the global usings of a file say: every other file can depend on it.</summary>
/// <param name="Hash">All their tokens.</param>
/// <param name="Words">All their identifiers.</param>
/// <param name="Aliases">What they call types.</param>
internal sealed record GlobalUsings(ulong Hash, IReadOnlyList<uint> Words, IReadOnlyList<UsingAlias> Aliases)
{
    private static readonly GlobalUsings None = new(0, [], []);

    public static GlobalUsings Of(CompilationUnitSyntax root)
    {
        var directives = root.Usings.Where(directive => directive.GlobalKeyword != default).ToList();
        if (directives.Count == 0)
        {
            return None;
        }

        var tokens = directives.SelectMany(directive => directive.DescendantTokens()).ToList();
        return new GlobalUsings(
            tokens.Aggregate(Hashes.Start, (hash, token) => Hashes.Add(hash, token.Text)),
            [.. tokens.Select(token => Hashes.OfName(token.ValueText))],
            [.. UsingAlias.In(directives)]);
    }
}
