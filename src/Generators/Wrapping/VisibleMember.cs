using System.Linq;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>What the compiler sees of a field that somebody names. It does not see private ones of other assemblies: only a contradiction is an error.</summary>
internal static class VisibleMember
{
    /// <summary>The visible field of that name that the class itself declares, if there is one.</summary>
    public static IFieldSymbol? Field(INamedTypeSymbol owner, string name) => owner.GetMembers(name).OfType<IFieldSymbol>().FirstOrDefault();

    /// <summary>Why there can be no such field, or <see langword="null"/> where there may be.</summary>
    /// <param name="owner">The class that is to declare it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type that it is to have, or <see langword="null"/> for any.</param>
    /// <param name="ownerArgument">The attribute's argument that names the class.</param>
    /// <param name="propertyAdvice">What to name where it is a property.</param>
    public static string? FieldFault(INamedTypeSymbol owner, string name, ITypeSymbol? type, string ownerArgument, string propertyAdvice)
    {
        if (Field(owner, name) is { } field)
        {
            return field.IsConst ? "it is a constant"
                : field.IsStatic ? "it is static, and so not part of a module"
                : type is not null && !SymbolEqualityComparer.Default.Equals(field.Type, type) && !KnownTypes.IsUnresolved(field.Type)
                    ? $"it is declared with the type '{CodeNames.InMessage(field.Type)}', not '{CodeNames.InMessage(type)}'"
                : null;
        }

        if (owner.GetMembers(name).FirstOrDefault() is { } other)
        {
            return other is IPropertySymbol
                ? $"it is the property '{CodeNames.InMessage(other)}': {propertyAdvice}"
                : $"it is '{CodeNames.InMessage(other)}', which is no field";
        }

        if (TypeRelations.WithBases(owner).Skip(1).FirstOrDefault(b => Field(b, name) is not null) is { } ancestor)
        {
            return $"'{CodeNames.InMessage(ancestor)}' declares it: {ownerArgument} = typeof({CodeNames.InMessage(ancestor)})";
        }

        return owner.Locations.Any(location => location.IsInSource) ? "there is no such field" : null;
    }
}
