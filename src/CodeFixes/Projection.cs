using System;
using System.Collections.Generic;
using System.Linq;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>One of the two methods that a site names.</summary>
internal sealed class Projection
{
    private readonly bool _isProject;
    private readonly MethodDeclarationSyntax _method;
    private readonly IMethodSymbol _site;

    private Projection(bool isProject, MethodDeclarationSyntax method, IMethodSymbol site)
    {
        _isProject = isProject;
        _method = method;
        _site = site;
    }

    /// <summary>The name that examples give it.</summary>
    public string UsualName => _isProject ? "ProjectQkv" : "ProjectOut";

    /// <summary>The projection behind a property of the attribute.</summary>
    /// <param name="property"><c>Project</c> or <c>Output</c>.</param>
    /// <param name="method">The site's method.</param>
    /// <param name="site">The same as a symbol.</param>
    public static Projection Of(string property, MethodDeclarationSyntax method, IMethodSymbol site) => new(property == "Project", method, site);

    /// <summary>Names of the user's methods that would do, the site's class and its base classes through.</summary>
    public IEnumerable<string> Candidates(Compilation compilation)
    {
        // forward and call, which torch's modules have, would do by their signature.
        for (INamedTypeSymbol? type = _site.ContainingType; type is not null && type.ContainingNamespace.ToDisplayString() != "TorchSharp"; type = type.BaseType)
        {
            foreach (var method in type.GetMembers().OfType<IMethodSymbol>())
            {
                if (method is { MethodKind: MethodKind.Ordinary, IsOverride: false }
                    && !SymbolEqualityComparer.Default.Equals(method, _site)
                    && Fits(method)
                    && !method.GetAttributes().Any(a => KnownTypes.Is(a.AttributeClass, KnownTypes.SiteAttribute))
                    && compilation.IsSymbolAccessibleWithin(method, _site.ContainingType))
                {
                    yield return method.Name;
                }
            }
        }
    }

    /// <summary>Whether a new overload beside a method would be the same as it.</summary>
    public bool Clashes(IMethodSymbol other)
    {
        var tokens = _site.Parameters.Select(p => p.Type);
        var parameters = _isProject ? tokens : IsJoint ? tokens.Prepend(_site.Parameters[0].Type) : tokens.Take(1);
        return other.Parameters.Select(p => p.Type).SequenceEqual(parameters, SymbolEqualityComparer.Default);
    }

    /// <summary>The method's text, ready to be filled in.</summary>
    /// <param name="name">Its name.</param>
    public string Declaration(string name)
    {
        var parameters = string.Join(", ", _method.ParameterList.Parameters.Select(p => p.WithAttributeLists(default).WithDefault(null).WithoutTrivia().ToString()));
        var tensor = _method.ParameterList.Parameters[0].Type!.WithoutTrivia().ToString();
        var (type, list, shapes) = _isProject ? ("global::DiTFastAttn.AttentionInput", parameters, "[B, L, d] to three of [B, H, L, D]")
            : IsJoint ? (_method.ReturnType.WithoutTrivia().ToString(), $"{tensor} attended, {parameters}", "[B, H, L, D] to two of [B, L, d]")
            : (tensor, tensor + " attended", "[B, H, L, D] to [B, L, d]");
        return $"private {type} {Identifier(name)}({list}) => throw new global::System.NotImplementedException(\"{shapes}\");";
    }

    private bool IsJoint => _site.ReturnType.IsTupleType;

    private bool Fits(IMethodSymbol method) => _isProject ? SiteParser.IsProject(method, _site) : SiteParser.IsOutput(method, _site);

    public static string Identifier(string name) => SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;
}
