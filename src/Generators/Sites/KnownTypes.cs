using System.Linq;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Sites;

/// <summary>
/// The types that declarations are checked against. Compared by name: either torch provider may serve them, from any assembly.
/// </summary>
internal static class KnownTypes
{
    public const string SiteAttribute = "DiTFastAttn.AttentionSiteAttribute";
    public const string SubLayerAttribute = "DiTFastAttn.SubLayerSiteAttribute";
    public const string WrapAttribute = "DiTFastAttn.WrapAttentionAttribute";
    public const string MemberAttribute = "DiTFastAttn.OriginalMemberAttribute";
    public const string SiteHost = "DiTFastAttn.IAttentionSiteHost";
    public const string PerSample = "DiTFastAttn.PerSampleAttribute";
    public const string Input = "DiTFastAttn.AttentionInput";
    public const string Tensor = "TorchSharp.torch.Tensor";
    public const string Module = "TorchSharp.torch.nn.Module";

    /// <summary>Whether a type has that name, namespace and types around it included, and no type parameters.</summary>
    public static bool Is(ITypeSymbol? type, string name)
    {
        // Name by name from the last one: this is asked of every attribute and parameter, and spelling names out takes long.
        var end = name.Length;
        ISymbol? symbol = type is INamedTypeSymbol ? type : null;
        for (; symbol is not null and not INamespaceSymbol { IsGlobalNamespace: true }; symbol = (ISymbol?)symbol.ContainingType ?? symbol.ContainingNamespace)
        {
            var start = end - symbol.Name.Length;
            if (start < 0
                || string.CompareOrdinal(name, start, symbol.Name, 0, symbol.Name.Length) != 0
                || symbol is INamedTypeSymbol { Arity: > 0 }
                || (start > 0 && name[start - 1] != '.'))
            {
                return false;
            }

            end = start - 1;
        }

        return type is INamedTypeSymbol && end < 0;
    }

    public static bool IsTensor(ITypeSymbol type) => Is(type, Tensor);

    /// <summary>Whether the type is a tuple of two tensors.</summary>
    public static bool IsPairOfTensors(ITypeSymbol type)
        => type is INamedTypeSymbol { IsTupleType: true, TupleElements: { Length: 2 } elements }
            && elements.All(e => IsTensor(e.Type) && e.NullableAnnotation != NullableAnnotation.Annotated);

    /// <summary>Whether the type derives from <c>Module</c>.</summary>
    public static bool IsModule(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (Is(ancestor, Module))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the compiler could not find the type or something in it, and says so itself.</summary>
    public static bool IsUnresolved(ITypeSymbol type) => type switch
    {
        IErrorTypeSymbol => true,
        INamedTypeSymbol { IsUnboundGenericType: true } => false,
        IArrayTypeSymbol array => IsUnresolved(array.ElementType),
        INamedTypeSymbol named => AnyUnresolved(named),
        _ => false,
    };

    public static bool HasUnresolvedBase(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (ancestor is IErrorTypeSymbol)
            {
                return true;
            }
        }

        return false;
    }

    private static bool AnyUnresolved(INamedTypeSymbol type)
    {
        foreach (var argument in type.TypeArguments)
        {
            if (IsUnresolved(argument))
            {
                return true;
            }
        }

        return false;
    }
}
