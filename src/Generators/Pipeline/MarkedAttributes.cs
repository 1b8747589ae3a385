using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Pipeline;

/// <summary>Finds attributes by their name in the text: a file's tree is only looked at where the name stands.</summary>
internal static class MarkedAttributes
{
    private const string Suffix = "Attribute";

    /// <summary>Whether a file can have the attribute by its own name, or an alias for it.</summary>
    public static bool MayHave(SyntaxTree tree, string name, CancellationToken cancellation)
        => tree.GetText(cancellation).ToString() is var text && (text.Contains(name) || HasEscapes(text));

    /// <summary>The attributes of a file that can be the one of that name.</summary>
    /// <param name="tree">The file.</param>
    /// <param name="name">The attribute's name without <c>Attribute</c>.</param>
    /// <param name="globalAliases">What global usings of any file call types.</param>
    /// <param name="cancellation">Heeded while the file is parsed.</param>
    /// <returns>In order.</returns>
    public static List<AttributeSyntax> In(SyntaxTree tree, string name, IEnumerable<UsingAlias> globalAliases, CancellationToken cancellation)
    {
        var text = tree.GetText(cancellation).ToString();
        var global = NamesOf(globalAliases);
        if (!text.Contains(name) && !global.Exists(text.Contains) && !HasEscapes(text))
        {
            return [];
        }

        var root = (CompilationUnitSyntax)tree.GetRoot(cancellation);
        List<string> names = [name, .. global, .. NamesOf(UsingAlias.In(root.Usings.Concat(UsingsIn(root.Members))))];
        var found = HasEscapes(text)
            ? root.DescendantNodes().OfType<AttributeSyntax>()
            : names.Distinct(StringComparer.Ordinal).SelectMany(n => AttributesAt(root, text, n));
        return found.Where(attribute => UsingAlias.LastName(attribute.Name) is var last && (names.Contains(last) || last == name + Suffix))
            .OrderBy(attribute => attribute.SpanStart)
            .ToList();

        List<string> NamesOf(IEnumerable<UsingAlias> aliases)
            => aliases.Where(alias => alias.Target == name || alias.Target == name + Suffix).Select(alias => alias.Name).ToList();
    }

    // \u0041 in an identifier is an A.
    private static bool HasEscapes(string text) => text.Contains("\\u") || text.Contains("\\U");

    private static IEnumerable<AttributeSyntax> AttributesAt(SyntaxNode root, string text, string name)
    {
        for (var at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + name.Length, StringComparison.Ordinal))
        {
            var token = root.FindToken(at);
            if (token.SpanStart == at || token.Text.StartsWith("@", StringComparison.Ordinal))
            {
                var node = token.Parent;
                while (node is NameSyntax)
                {
                    node = node.Parent;
                }

                if (node is AttributeSyntax attribute)
                {
                    yield return attribute;
                }
            }
        }
    }

    private static IEnumerable<UsingDirectiveSyntax> UsingsIn(IEnumerable<MemberDeclarationSyntax> members)
        => members.OfType<BaseNamespaceDeclarationSyntax>().SelectMany(space => space.Usings.Concat(UsingsIn(space.Members)));
}
