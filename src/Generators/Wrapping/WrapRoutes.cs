using System.Linq;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>What to do where an adapter cannot stand: the sentence that a diagnostic ends with.</summary>
internal static class WrapRoutes
{
    /// <summary>For an adapter that cannot be converted to the type of its place.</summary>
    /// <param name="compilation">What it is compiled in.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="original">What it stands for.</param>
    /// <param name="place">The type that the place is declared with.</param>
    /// <param name="owner">The class that declares the place.</param>
    public static string Into(Compilation compilation, INamedTypeSymbol adapter, INamedTypeSymbol original, ITypeSymbol place, INamedTypeSymbol owner)
        => place switch
        {
            INamedTypeSymbol { TypeKind: TypeKind.Interface } => $"implement '{Name(place)}' in '{adapter.Name}'",
            INamedTypeSymbol { IsSealed: true } => $"'{Name(place)}' is sealed, so nothing else can be in it. {Around(owner)}",
            INamedTypeSymbol { TypeKind: TypeKind.Class } type when !TypeRelations.IsOrDerivesFrom(original, type)
                => $"'{Name(place)}' is no class of '{Name(original)}'. {Around(owner)}",
            INamedTypeSymbol { TypeKind: TypeKind.Class } type when AdapterBase.ConstructorArguments(compilation, type, adapter) is null
                => $"'{Name(place)}' has no constructor for derived classes of other assemblies. {Around(owner)}",
            INamedTypeSymbol { TypeKind: TypeKind.Class } => $"derive '{adapter.Name}' from '{Name(place)}'",
            _ => Around(owner),
        };

    /// <summary>For a place that takes no other object.</summary>
    public static string Around(INamedTypeSymbol? owner)
        => owner is null
            ? "Wrap the module around it instead, and write that module's forward in the adapter"
            : $"Wrap '{Name(owner)}' instead, [assembly: WrapAttention(typeof({Name(owner)}), …)], and write its forward in the adapter";

    /// <summary>For a class that the project cannot name.</summary>
    public static string PublicAncestor(INamedTypeSymbol type, Compilation compilation)
        => TypeRelations.WithBases(type).FirstOrDefault(t => IsVendors(t) && IsVisible(t, compilation)) is { } ancestor
            ? $"name its nearest public ancestor, '{Name(ancestor)}', with IncludeDerived = true, or wrap the public module around it"
            : "wrap the public module around it, and write that module's forward in the adapter";

    public static bool IsVisible(INamedTypeSymbol type, Compilation compilation) => compilation.IsSymbolAccessibleWithin(type, compilation.Assembly);

    private static bool IsVendors(INamedTypeSymbol type)
        => KnownTypes.IsModule(type) && type.ContainingNamespace?.ToDisplayString().StartsWith("TorchSharp", System.StringComparison.Ordinal) != true;

    private static string Name(ISymbol symbol) => CodeNames.InMessage(symbol);
}
