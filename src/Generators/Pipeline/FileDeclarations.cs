using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Pipeline;

/// <summary>
/// What a file says outside the bodies of its members, as hashes: all that the meaning of declarations in other files can depend on.
/// </summary>
internal sealed class FileDeclarations
{
    private readonly uint[] _words;

    private FileDeclarations(ulong hash, uint[] words, uint[] types, string[] namespaces, GlobalUsings globalUsings)
    {
        _words = words;
        Hash = hash;
        Types = types;
        Namespaces = namespaces;
        GlobalUsings = globalUsings;
    }

    /// <summary>The file's path and all its tokens outside bodies.</summary>
    public ulong Hash { get; }

    /// <summary>The simple names by which its types can be meant.</summary>
    public IReadOnlyList<uint> Types { get; }

    /// <summary>The namespaces it declares.</summary>
    public IReadOnlyList<string> Namespaces { get; }

    /// <summary>Its global usings.</summary>
    public GlobalUsings GlobalUsings { get; }

    public static FileDeclarations Of(SyntaxTree tree, CancellationToken cancellation)
    {
        var root = (CompilationUnitSyntax)tree.GetRoot(cancellation);
        var hash = Hashes.Add(Hashes.Start, tree.FilePath);
        var words = new HashSet<uint>();
        foreach (var token in root.DescendantTokens(node => !IsBody(node)))
        {
            hash = Hashes.Add(hash, token.Text);
            if (token.IsKind(SyntaxKind.IdentifierToken))
            {
                words.Add(Hashes.OfName(token.ValueText));
            }
        }

        for (var directive = root.ContainsDirectives ? root.GetFirstDirective() : null; directive is not null; directive = directive.GetNextDirective())
        {
            hash = Hashes.Add(hash, directive.ToString());
        }

        var types = new HashSet<uint>();
        var namespaces = new HashSet<string>(StringComparer.Ordinal);
        AddDeclared(root.Members, "", types, namespaces);
        return new FileDeclarations(hash, Sorted(words), [.. types], [.. namespaces], GlobalUsings.Of(root));
    }

    /// <summary>Whether any of the names is an identifier of the file, outside bodies.</summary>
    public bool Mentions(HashSet<uint> names)
        => names.Count < _words.Length ? names.Any(name => Array.BinarySearch(_words, name) >= 0) : Array.Exists(_words, names.Contains);

    // A body, what is behind => and a statement at the top of the file declare nothing that another file can see.
    private static bool IsBody(SyntaxNode node) => node is BlockSyntax or ArrowExpressionClauseSyntax or GlobalStatementSyntax;

    private static void AddDeclared(IEnumerable<MemberDeclarationSyntax> members, string space, HashSet<uint> types, HashSet<string> namespaces)
    {
        foreach (var member in members)
        {
            switch (member)
            {
                case BaseNamespaceDeclarationSyntax declared:
                    var name = space + string.Concat(declared.Name.DescendantTokens().Select(token => token.ValueText));
                    namespaces.Add(name);
                    AddDeclared(declared.Members, name + ".", types, namespaces);
                    break;
                case BaseTypeDeclarationSyntax type:
                    AddType(types, type.Identifier.ValueText);
                    AddDeclared(type is TypeDeclarationSyntax { Members: var nested } ? nested : default, space, types, namespaces);
                    break;
                case DelegateDeclarationSyntax type:
                    AddType(types, type.Identifier.ValueText);
                    break;
                case GlobalStatementSyntax:
                    AddType(types, "Program");
                    break;
            }
        }
    }

    private static void AddType(HashSet<uint> types, string name)
    {
        types.Add(Hashes.OfName(name));
        if (name.EndsWith("Attribute", StringComparison.Ordinal))
        {
            types.Add(Hashes.OfName(name.Substring(0, name.Length - "Attribute".Length)));
        }
    }

    private static uint[] Sorted(HashSet<uint> words)
    {
        uint[] sorted = [.. words];
        Array.Sort(sorted);
        return sorted;
    }
}
