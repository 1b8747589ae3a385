using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Sites;

/// <summary>Finds members by name as code inside a class would: its own first, then inherited ones it may use.</summary>
internal sealed class MemberLookup
{
    private readonly INamedTypeSymbol _type;
    private readonly Compilation _compilation;
    private readonly CancellationToken _cancellation;

    public MemberLookup(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation)
    {
        _type = type;
        _compilation = compilation;
        _cancellation = cancellation;
    }

    /// <summary>Whether the class or a base class has any member of that name, usable or not.</summary>
    public bool Exists(string name) => Levels().Any(t => Has(t, name));

    /// <summary>The names of all members of the class and its base classes.</summary>
    public IEnumerable<string> Names() => Levels().SelectMany(t => t.GetMembers()).Select(m => m.Name).Distinct();

    /// <summary>The methods that a call by that name can mean.</summary>
    public List<IMethodSymbol> Methods(string name)
    {
        var methods = new List<IMethodSymbol>();
        foreach (var members in UsableMembers(name))
        {
            methods.AddRange(members.OfType<IMethodSymbol>().Where(m => m.MethodKind == MethodKind.Ordinary));
            if (members.Exists(m => m is not IMethodSymbol))
            {
                break;
            }
        }

        return methods;
    }

    /// <summary>The member that the name means, or <see langword="null"/>.</summary>
    public ISymbol? Nearest(string name) => UsableMembers(name).SelectMany(members => members).FirstOrDefault();

    /// <summary>The type of a field's or property's value, or <see langword="null"/> where the class cannot read it.</summary>
    public ITypeSymbol? ReadableType(ISymbol member) => member switch
    {
        IFieldSymbol field => field.Type,
        IPropertySymbol { GetMethod: { } getter, Parameters.Length: 0 } property when CanUse(getter) => property.Type,
        _ => null,
    };

    /// <summary>How generated code inside the class refers to the member.</summary>
    public static MemberAccess Access(ISymbol member)
        => new(CodeNames.Escape(member.Name), member.IsStatic ? CodeNames.OfType(member.ContainingType) : null);

    private IEnumerable<List<ISymbol>> UsableMembers(string name)
        => name.Length == 0 ? [] : Levels().Where(t => Has(t, name)).Select(t => t.GetMembers(name).Where(CanUse).ToList());

    // The members of a constructed type (Module<Tensor, Tensor>) are made when they are asked for.
    private static bool Has(INamedTypeSymbol type, string name) => type.OriginalDefinition.GetMembers(name).Length > 0;

    private bool CanUse(ISymbol member) => _compilation.IsSymbolAccessibleWithin(member, _type, member.IsStatic ? null : _type);

    private IEnumerable<INamedTypeSymbol> Levels()
    {
        for (INamedTypeSymbol? type = _type; type is not null; type = type.BaseType)
        {
            _cancellation.ThrowIfCancellationRequested();
            yield return type;
        }
    }
}
