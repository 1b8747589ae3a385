using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace DiTFastAttn.Generators.Usage;

/// <summary>Whose the tensors of a method are, as far as its own code says.</summary>
/// <param name="blocks">The method's code.</param>
internal sealed class TensorOwners(ImmutableArray<IOperation> blocks)
{
    private HashSet<ISymbol>? _assigned;

    /// <summary>The method's operations.</summary>
    public IEnumerable<IOperation> InThisMethod() => MethodOperations.In(blocks);

    /// <summary>A value without what changes nothing of it.</summary>
    public static IOperation Bare(IOperation value) => value switch
    {
        IConversionOperation { OperatorMethod: null } conversion => Bare(conversion.Operand),
        IParenthesizedOperation parenthesized => Bare(parenthesized.Operand),
        _ => value,
    };

    /// <summary>What a value can be that is not for the caller to dispose, and what that is in words.</summary>
    public IEnumerable<(IOperation Value, string What)> NotTheCallers(IOperation value)
    {
        value = Bare(value);
        return value switch
        {
            IConditionalOperation { WhenFalse: { } whenFalse } choice => NotTheCallers(choice.WhenTrue).Concat(NotTheCallers(whenFalse)),
            ICoalesceOperation choice => NotTheCallers(choice.Value).Concat(NotTheCallers(choice.WhenNull)),
            ISwitchExpressionOperation choice => choice.Arms.SelectMany(arm => NotTheCallers(arm.Value)),
            _ => WhatIs(value) is { } what ? [(value, what)] : [],
        };
    }

    private string? WhatIs(IOperation value) => value switch
    {
        { Type: { } type } when !KnownTypes.IsTensor(type) => null,
        IParameterReferenceOperation { Parameter: { RefKind: RefKind.None } parameter } when !IsAssigned(parameter)
            => parameter.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Constructor } ? $"what '{parameter.Name}' of its class keeps" : $"its parameter '{parameter.Name}'",
        IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field => $"what the field '{field.Field.Name}' keeps",
        IArrayElementReferenceOperation { ArrayReference: IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field } => $"an element of what the field '{field.Field.Name}' keeps",
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field } when UsageTypes.IsCollection(field.Type!)
            => $"an element of what the field '{field.Field.Name}' keeps",
        IPropertyReferenceOperation { Property.Name: "Hidden", Instance: { } call } when KnownTypes.Is(call.Type, UsageTypes.Call) => "the tokens of the call, which are borrowed",
        IPropertyReferenceOperation { Instance: ILocalReferenceOperation { Local: { } input } } part when KnownTypes.Is(input.Type, KnownTypes.Input) && IsDisposed(input)
            => $"'{part.Property.Name}' of '{input.Name}', which is disposed at the end of its scope",
        ILocalReferenceOperation { Local: { } local } when IsDisposed(local) => $"'{local.Name}', which is disposed at the end of its scope",
        // A local is what it begins with; where that is a local again it has to stand before, which broken code forgets.
        ILocalReferenceOperation { Local: { } local } when !IsAssigned(local) && ValueOf(local) is { } first && first.Syntax.SpanStart < value.Syntax.SpanStart => WhatIs(Bare(first)),
        _ => null,
    };

    private IOperation? ValueOf(ILocalSymbol local)
        => InThisMethod().OfType<IVariableDeclaratorOperation>().FirstOrDefault(declared => SymbolEqualityComparer.Default.Equals(declared.Symbol, local))?.GetVariableInitializer()?.Value;

    /// <summary>Whether it gets another value somewhere: then what it is at a place is not told by its declaration.</summary>
    private bool IsAssigned(ISymbol symbol)
    {
        _assigned ??= new HashSet<ISymbol>(
            blocks.SelectMany(block => block.DescendantsAndSelf()).SelectMany(operation => operation switch
            {
                IAssignmentOperation assignment => assignment.Target.DescendantsAndSelf(),
                IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument => argument.DescendantsAndSelf(),
                _ => [],
            }).Select(target => target switch
            {
                IParameterReferenceOperation parameter => (ISymbol)parameter.Parameter,
                ILocalReferenceOperation local => local.Local,
                _ => null,
            }).OfType<ISymbol>(),
            SymbolEqualityComparer.Default);
        return _assigned.Contains(symbol);
    }

    private static bool IsDisposed(ILocalSymbol local)
        => local.IsUsing || local.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax() is VariableDeclaratorSyntax { Parent.Parent: UsingStatementSyntax }
            || reference.GetSyntax() is VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax statement } && statement.UsingKeyword.IsKind(SyntaxKind.UsingKeyword));
}
