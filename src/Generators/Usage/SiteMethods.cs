using System;
using System.Collections.Generic;
using System.Linq;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Usage;

/// <summary>The methods of a class by their part in its attention sites.</summary>
internal sealed class SiteMethods
{
    private readonly HashSet<string> _project = new(StringComparer.Ordinal);
    private readonly HashSet<string> _output = new(StringComparer.Ordinal);

    private SiteMethods()
    {
    }

    /// <summary>Whether the class declares sites, base classes included.</summary>
    public bool Any => _project.Count + _output.Count > 0;

    public static SiteMethods Of(INamedTypeSymbol type)
    {
        var methods = new SiteMethods();
        for (INamedTypeSymbol? level = type; level is not null && !KnownTypes.Is(level, KnownTypes.Module); level = level.BaseType)
        {
            foreach (var site in level.GetMembers().OfType<IMethodSymbol>()
                .SelectMany(method => method.GetAttributes()).Where(SiteAttribute.IsOne))
            {
                foreach (var argument in site.NamedArguments.Where(argument => argument.Value is { Kind: TypedConstantKind.Primitive, Value: string }))
                {
                    (argument.Key == "Project" ? methods._project : argument.Key is "Output" or "Compute" ? methods._output : null)?.Add((string)argument.Value.Value!);
                }
            }
        }

        return methods;
    }

    /// <summary>Whether a method projects tokens to query, key and value.</summary>
    public bool IsProject(IMethodSymbol method) => _project.Contains(method.Name) && KnownTypes.Is(method.ReturnType, KnownTypes.Input);

    /// <summary>Whether a method makes a site's output: of attended values, or of the tokens of a sub-layer.</summary>
    public bool IsOutput(IMethodSymbol method)
        => _output.Contains(method.Name) && (KnownTypes.IsTensor(method.ReturnType) || KnownTypes.IsPairOfTensors(method.ReturnType));
}
