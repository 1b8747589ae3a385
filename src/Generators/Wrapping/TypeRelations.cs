using System.Collections.Generic;
using System.Linq;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>How the types of a wrapping relate.</summary>
internal static class TypeRelations
{
    /// <summary>The type and its base types, the type first.</summary>
    public static IEnumerable<INamedTypeSymbol> WithBases(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? level = type; level is not null; level = level.BaseType)
        {
            yield return level;
        }
    }

    /// <summary>The module class of TorchSharp's that a module derives from, as <c>Module&lt;Tensor, Tensor&gt;</c>; the type itself where it derives from none.</summary>
    public static INamedTypeSymbol ModuleOf(INamedTypeSymbol type)
        => WithBases(type).FirstOrDefault(level => level.ContainingNamespace?.Name == "TorchSharp") ?? type;

    public static bool IsOrDerivesFrom(INamedTypeSymbol type, INamedTypeSymbol ancestor)
        => WithBases(type).Any(level => SymbolEqualityComparer.Default.Equals(level, ancestor));

    /// <summary>Whether it is <c>Module</c> or derives from it.</summary>
    public static bool IsAnyModule(INamedTypeSymbol type) => KnownTypes.Is(type, KnownTypes.Module) || KnownTypes.IsModule(type);

    /// <summary>Whether an object of the one type can always be held as the other.</summary>
    public static bool Converts(this Compilation compilation, ITypeSymbol from, ITypeSymbol to)
    {
        var conversion = compilation.ClassifyConversion(from, to);
        return conversion is { IsImplicit: true, IsUserDefined: false } && (conversion.IsIdentity || conversion.IsReference);
    }

    /// <summary>Whether an object that is held as the one type may be of the other.</summary>
    public static bool MayConvert(this Compilation compilation, ITypeSymbol from, ITypeSymbol to)
    {
        var conversion = compilation.ClassifyConversion(from, to);
        return conversion is { Exists: true, IsUserDefined: false } && (conversion.IsIdentity || conversion.IsReference);
    }

    /// <summary>The type of the elements where the type is a list or an array that elements can be put into.</summary>
    public static ITypeSymbol? ElementOf(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol array)
        {
            return array.Rank == 1 ? array.ElementType : null;
        }

        return type.AllInterfaces.Append(type as INamedTypeSymbol)
            .FirstOrDefault(i => i?.OriginalDefinition.SpecialType == SpecialType.System_Collections_Generic_IList_T)?.TypeArguments[0];
    }
}
