using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace DiTFastAttn.Generators.Usage;

/// <summary>Tells which field or property of its own class an operation changes.</summary>
internal static class MemberWrites
{
    public static readonly OperationKind[] Kinds =
    [
        OperationKind.SimpleAssignment, OperationKind.CompoundAssignment, OperationKind.CoalesceAssignment, OperationKind.DeconstructionAssignment,
        OperationKind.Increment, OperationKind.Decrement, OperationKind.Invocation,
    ];

    private static readonly string[] Changes =
    [
        "Add", "AddRange", "AddFirst", "AddLast", "Clear", "Enqueue", "Dequeue", "Insert", "Pop", "Push", "Remove", "RemoveAt", "RemoveAll", "TryAdd", "TryDequeue", "TryPop",
    ];

    /// <summary>The member, or <see langword="null"/> where it is another object's or none.</summary>
    /// <param name="operation">One of <see cref="Kinds"/>.</param>
    /// <param name="throughContent">Whether the member stays and what it holds changes.</param>
    public static ISymbol? Target(IOperation operation, out bool throughContent)
    {
        throughContent = false;
        switch (operation)
        {
            case IInvocationOperation { Instance: { } instance } call:
                throughContent = true;
                return Changes.Contains(call.TargetMethod.Name) && instance.Type is { } type && IsOfOneThread(type) ? Own(instance) : null;
            case IAssignmentOperation { Target: IArrayElementReferenceOperation element }:
                throughContent = true;
                return Own(element.ArrayReference);
            case IAssignmentOperation { Target: IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } instance } }:
                throughContent = true;
                return instance.Type is { } held && IsOfOneThread(held) ? Own(instance) : null;
            case IAssignmentOperation assignment:
                return Own(assignment.Target);
            case IIncrementOrDecrementOperation change:
                return Own(change.Target);
            default:
                return null;
        }
    }

    /// <summary>Whether an operation stands where one thread at a time comes.</summary>
    public static bool IsLocked(IOperation operation) => operation.Syntax.Ancestors().OfType<LockStatementSyntax>().Any();

    private static bool IsOfOneThread(ITypeSymbol type) => UsageTypes.IsCollection(type) && !UsageTypes.IsConcurrent(type);

    private static ISymbol? Own(IOperation reference) => reference switch
    {
        IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field => UsageTypes.Declared(field.Field),
        IPropertyReferenceOperation { Instance: null or IInstanceReferenceOperation } property => property.Property,
        _ => null,
    };
}
