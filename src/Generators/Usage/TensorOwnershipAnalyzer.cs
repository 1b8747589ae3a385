using System.Collections.Immutable;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Processors;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace DiTFastAttn.Generators.Usage;

/// <summary>
/// Finds tensors that a strategy or a site's projection returns and that are not the caller's: what was borrowed, what a field keeps, what is
/// disposed on the way out. Only what shows in the method itself is reported.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class TensorOwnershipAnalyzer : DiagnosticAnalyzer
{
    private static readonly string[] MaskNames = ["KeyMask", "Bias"];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [UsageDiagnostics.BorrowedTensor];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationBlockAction(static block =>
        {
            if (block.OwningSymbol is not IMethodSymbol { ContainingType: { } type } method)
            {
                return;
            }

            if (IsAttend(method))
            {
                CheckReturned(block, method);
            }
            else if (KnownTypes.IsModule(type) && (KnownTypes.Is(method.ReturnType, KnownTypes.Input) || KnownTypes.IsTensor(method.ReturnType) || KnownTypes.IsPairOfTensors(method.ReturnType)))
            {
                var sites = SiteMethods.Of(type);
                if (sites.IsOutput(method))
                {
                    CheckReturned(block, method);
                }
                else if (sites.IsProject(method))
                {
                    CheckProjected(block, method);
                }
            }
        });
    }

    private static bool IsAttend(IMethodSymbol method)
        => method is { Name: "Attend", Parameters.Length: 1 }
            && KnownTypes.Is(method.Parameters[0].Type, UsageTypes.Call)
            && KnownTypes.IsTensor(method.ReturnType)
            && method.ContainingType.AllInterfaces.Any(i => KnownTypes.Is(i, ProcessorParser.Processor));

    private static void CheckReturned(OperationBlockAnalysisContext context, IMethodSymbol method)
    {
        var owners = new TensorOwners(context.OperationBlocks);
        foreach (var returned in owners.InThisMethod().OfType<IReturnOperation>().Where(r => r.Kind == OperationKind.Return))
        {
            if (returned.ReturnedValue is ITupleOperation pair)
            {
                foreach (var element in pair.Elements)
                {
                    Check(context, method, owners, element);
                }
            }
            else if (returned.ReturnedValue is { } value)
            {
                Check(context, method, owners, value);
            }
        }
    }

    // Whoever called the projection disposes query, key, value, mask and bias.
    private static void CheckProjected(OperationBlockAnalysisContext context, IMethodSymbol method)
    {
        var owners = new TensorOwners(context.OperationBlocks);
        foreach (var returned in owners.InThisMethod().OfType<IReturnOperation>())
        {
            if (returned.ReturnedValue is not { } value || TensorOwners.Bare(value) is not IObjectCreationOperation made || !KnownTypes.Is(made.Type, KnownTypes.Input))
            {
                continue;
            }

            foreach (var argument in made.Arguments)
            {
                Check(context, method, owners, argument.Value);
            }

            foreach (var set in made.Initializer?.Initializers.OfType<ISimpleAssignmentOperation>() ?? [])
            {
                if (set.Target is IPropertyReferenceOperation { Property.Name: var name } && MaskNames.Contains(name))
                {
                    Check(context, method, owners, set.Value);
                }
            }
        }
    }

    private static void Check(OperationBlockAnalysisContext context, IMethodSymbol method, TensorOwners owners, IOperation value)
    {
        foreach (var (found, what) in owners.NotTheCallers(value))
        {
            var isOptional = found.Type?.NullableAnnotation == NullableAnnotation.Annotated
                && found is IParameterReferenceOperation { Parameter.NullableAnnotation: NullableAnnotation.Annotated } or IFieldReferenceOperation { Field.NullableAnnotation: NullableAnnotation.Annotated };
            var text = found.Syntax.ToString();
            context.ReportDiagnostic(DiagnosticRecord.At(
                UsageDiagnostics.BorrowedTensor, found.Syntax.GetLocation(), method.Name, what, text + (isOptional ? "?" : "") + ".alias()"));
        }
    }
}
