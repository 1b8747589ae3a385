using System.Linq;
using DiTFastAttn.Generators.Processors;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Usage;

/// <summary>What the types of members say about their use.</summary>
internal static class UsageTypes
{
    public const string Call = "DiTFastAttn.AttentionCall";
    public const string StepScope = "DiTFastAttn.StepScope";
    public const string Parameter = "TorchSharp.Modules.Parameter";

    private const string Run = "DiTFastAttn.AttentionRun";
    private const string Strategy = "DiTFastAttn.IAttentionStrategy";

    /// <summary>Whether values of the type are a tensor, or hold some: arrays, tuples and collections.</summary>
    public static bool HoldsTensors(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => HoldsTensors(array.ElementType),
        INamedTypeSymbol named => KnownTypes.IsTensor(named)
            || (named.IsTupleType ? named.TupleElements.Any(element => HoldsTensors(element.Type)) : IsCollection(named) && named.TypeArguments.Any(HoldsTensors)),
        _ => false,
    };

    /// <summary>Whether the type is a strategy, or a run.</summary>
    public static bool IsOfARun(ITypeSymbol type)
        => KnownTypes.Is(type, Run) || KnownTypes.Is(type, Strategy) || type.AllInterfaces.Any(i => KnownTypes.Is(i, Strategy));

    /// <summary>Whether it is one of the platform's collections.</summary>
    public static bool IsCollection(ITypeSymbol type)
        => type is INamedTypeSymbol { Arity: > 0, ContainingNamespace: { } space } && space.ToDisplayString().StartsWith("System.Collections", System.StringComparison.Ordinal);

    /// <summary>Whether it is one of the platform's collections for several threads.</summary>
    public static bool IsConcurrent(ITypeSymbol type) => type.ContainingNamespace?.Name is "Concurrent" or "Immutable";

    public static bool IsStrategyClass(INamedTypeSymbol type) => type.GetAttributes().Any(a => KnownTypes.Is(a.AttributeClass, ProcessorParser.Attribute));

    /// <summary>What a member is to its users: the property of a backing field, else itself.</summary>
    public static ISymbol Declared(ISymbol member) => member is IFieldSymbol { AssociatedSymbol: IPropertySymbol property } ? property : member;

    /// <summary>Whether a property has a field of its own behind it.</summary>
    public static bool IsAutomatic(IPropertySymbol property)
        => property.ContainingType.GetMembers().Any(m => m is IFieldSymbol { AssociatedSymbol: { } owner } && SymbolEqualityComparer.Default.Equals(owner, property));
}
