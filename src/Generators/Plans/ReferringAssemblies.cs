using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Plans;

/// <summary>The assemblies in which sites and strategies can be declared: the project's own and those that refer to the attributes' assembly.</summary>
internal static class ReferringAssemblies
{
    /// <summary>The project's assembly first, then others by name.</summary>
    public static IEnumerable<IAssemblySymbol> Of(Compilation compilation, string attribute)
        => compilation.GetTypeByMetadataName(attribute)?.ContainingAssembly is { } declaring
            ? compilation.SourceModule.ReferencedAssemblySymbols
                .Where(assembly => RefersTo(assembly, declaring))
                .OrderBy(assembly => assembly.Name, StringComparer.Ordinal)
                .Prepend(compilation.Assembly)
            : [];

    public static bool RefersTo(IAssemblySymbol assembly, IAssemblySymbol? other)
        => other is not null && assembly.Modules.Any(module => module.ReferencedAssemblies.Any(identity => identity.Name == other.Name));

    /// <summary>All types of an assembly, nested ones included.</summary>
    public static IEnumerable<INamedTypeSymbol> TypesOf(IAssemblySymbol assembly, CancellationToken cancellation)
    {
        var open = new Stack<INamespaceOrTypeSymbol>([assembly.GlobalNamespace]);
        while (open.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var member in open.Pop().GetMembers().OfType<INamespaceOrTypeSymbol>())
            {
                open.Push(member);
                if (member is INamedTypeSymbol type)
                {
                    yield return type;
                }
            }
        }
    }
}
