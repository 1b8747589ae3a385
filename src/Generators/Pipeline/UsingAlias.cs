using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Pipeline;

/// <summary><c>using Name = Some.Where.Target;</c></summary>
/// <param name="Name">The new name.</param>
/// <param name="Target">The last part of the old one.</param>
internal sealed record UsingAlias(string Name, string Target)
{
    public static IEnumerable<UsingAlias> In(IEnumerable<UsingDirectiveSyntax> usings)
        => usings
            .Where(directive => directive.Alias is not null)
            .Select(directive => new UsingAlias(directive.Alias!.Name.Identifier.ValueText, LastName(directive.NamespaceOrType)));

    /// <summary><c>C</c> of <c>A.B.C</c>, or nothing.</summary>
    public static string LastName(TypeSyntax name) => name switch
    {
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        AliasQualifiedNameSyntax aliased => aliased.Name.Identifier.ValueText,
        SimpleNameSyntax simple => simple.Identifier.ValueText,
        _ => "",
    };
}
