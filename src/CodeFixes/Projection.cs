using System;
using System.Collections.Generic;
using System.Linq;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>One of the methods that a site names.</summary>
internal sealed class Projection
{
    public const string Project = "Project";
    public const string Output = "Output";
    public const string Compute = "Compute";

    private readonly string _property;
    private readonly MethodDeclarationSyntax _method;
    private readonly IMethodSymbol _site;

    private Projection(string property, MethodDeclarationSyntax method, IMethodSymbol site)
    {
        _property = property;
        _method = method;
        _site = site;
    }

    /// <summary>The name that examples give it.</summary>
    public string UsualName => _property switch { Project => "ProjectQkv", Output => "ProjectOut", _ => "ComputeSubLayer" };

    /// <summary>Whether a property of the attribute names such a method.</summary>
    public static bool IsOne(string property) => property is Project or Output or Compute;

    /// <summary>The projection behind a property of the attribute.</summary>
    /// <param name="property"><c>Project</c>, <c>Output</c> or <c>Compute</c>.</param>
    /// <param name="method">The site's method.</param>
    /// <param name="site">The same as a symbol.</param>
    public static Projection Of(string property, MethodDeclarationSyntax method, IMethodSymbol site) => new(property, method, site);

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
                    && !method.GetAttributes().Any(SiteAttribute.IsOne)
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
        var parameters = _property != Output ? tokens : IsJoint ? tokens.Prepend(_site.Parameters[0].Type) : tokens.Take(1);
        return other.Parameters.Select(p => p.Type).SequenceEqual(parameters, SymbolEqualityComparer.Default);
    }

    /// <summary>The method's text, ready to be filled in.</summary>
    /// <param name="name">Its name.</param>
    public string Declaration(string name)
    {
        var parameters = string.Join(", ", _method.ParameterList.Parameters.Select(p => p.WithAttributeLists(default).WithDefault(null).WithoutTrivia().ToString()));
        var tensor = _method.ParameterList.Parameters[0].Type!.WithoutTrivia().ToString();
        var (type, list, shapes) = _property == Project ? ("global::DiTFastAttn.AttentionInput", parameters, "[B, L, d] to three of [B, H, L, D]")
            : _property == Compute ? (tensor, parameters, "[B, L, d] to [B, L, d]")
            : IsJoint ? (_method.ReturnType.WithoutTrivia().ToString(), $"{tensor} attended, {parameters}", "[B, H, L, D] to two of [B, L, d]")
            : (tensor, tensor + " attended", "[B, H, L, D] to [B, L, d]");
        return $"private {type} {Identifier(name)}({list}) => throw new global::System.NotImplementedException(\"{shapes}\");";
    }

    private bool IsJoint => _site.ReturnType.IsTupleType;

    private bool Fits(IMethodSymbol method) => _property switch
    {
        Project => SiteParser.IsProject(method, _site),
        Output => SiteParser.IsOutput(method, _site),
        _ => SiteParser.IsCompute(method, _site),
    };

    public static string Identifier(string name) => SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;
}
