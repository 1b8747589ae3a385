using System;
using System.Linq;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>What an adapter takes from its base class.</summary>
internal static class AdapterBase
{
    /// <summary>
    /// Arguments for the base class's shortest constructor that a derived class can call, or <see langword="null"/> where there is none. They are never
    /// used: C# asks for a constructor, and adapters are made without one.
    /// </summary>
    public static string? ConstructorArguments(Compilation compilation, INamedTypeSymbol type, INamedTypeSymbol adapter)
    {
        var constructor = type.InstanceConstructors
            .Where(c => IsCallable(c, compilation, adapter) && c.Parameters.All(IsPassedByValue))
            .OrderBy(c => c.Parameters.Length)
            .ThenBy(c => c.ToDisplayString(), StringComparer.Ordinal)
            .FirstOrDefault();
        return constructor is null ? null : string.Join(", ", constructor.Parameters.Select(p => $"default({TypeOf(p)})!"));
    }

    /// <summary>Whether a member of a base class is to be overridden by generated code: it can be, and the user does not do it.</summary>
    public static bool CanOverride(INamedTypeSymbol adapter, string name, Func<ISymbol, bool> isMeant)
    {
        foreach (var level in TypeRelations.WithBases(adapter))
        {
            if (level.GetMembers(name).FirstOrDefault(isMeant) is { } member)
            {
                return !SymbolEqualityComparer.Default.Equals(level, adapter) && IsOverridable(member);
            }
        }

        return false;
    }

    public static bool IsOverridable(ISymbol member) => (member.IsVirtual || member.IsOverride || member.IsAbstract) && !member.IsSealed;

    /// <summary>Of the class itself and of what derives from it; <c>private protected</c> and <c>internal</c> ones only in its own assembly.</summary>
    private static bool IsCallable(IMethodSymbol constructor, Compilation compilation, INamedTypeSymbol adapter)
        => constructor.DeclaredAccessibility switch
        {
            Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal => true,
            Accessibility.Private => false,
            _ => compilation.IsSymbolAccessibleWithin(constructor, adapter)
                || (constructor.DeclaredAccessibility == Accessibility.ProtectedAndInternal
                    && (SymbolEqualityComparer.Default.Equals(constructor.ContainingAssembly, compilation.Assembly)
                        || constructor.ContainingAssembly.GivesAccessTo(compilation.Assembly))),
        };

    private static bool IsPassedByValue(IParameterSymbol parameter)
        => parameter.RefKind is RefKind.None or RefKind.In && parameter.Type is not (IPointerTypeSymbol or IFunctionPointerTypeSymbol);

    private static string TypeOf(IParameterSymbol parameter) => CodeNames.OfType(parameter.Type.WithNullableAnnotation(NullableAnnotation.NotAnnotated));
}
