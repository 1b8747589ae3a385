using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace DiTFastAttn.Generators.Usage;

/// <summary>Finds <c>await</c> and <c>yield</c> between the beginning and the end of a step.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OpenStepAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [UsageDiagnostics.SuspendedStep];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(
            static operation =>
            {
                var step = (IUsingOperation)operation.Operation;
                if (OpenedBy(step.Resources) is { } opened)
                {
                    Report(operation, opened, [step.Body]);
                }
            },
            OperationKind.Using);
        context.RegisterOperationAction(
            static operation =>
            {
                var step = (IUsingDeclarationOperation)operation.Operation;
                if (OpenedBy(step.DeclarationGroup) is { } opened && step.Parent is { } around)
                {
                    Report(operation, opened, around.ChildOperations.SkipWhile(sibling => sibling != step).Skip(1));
                }
            },
            OperationKind.UsingDeclaration);
    }

    private static IOperation? OpenedBy(IOperation resources)
        => resources is IVariableDeclarationGroupOperation declared
            ? declared.Declarations.SelectMany(declaration => declaration.Declarators)
                .Select(declarator => declarator.GetVariableInitializer()?.Value).FirstOrDefault(value => value is not null && IsStep(value.Type))
            : IsStep(resources.Type) ? resources : null;

    private static bool IsStep(ITypeSymbol? type)
        => KnownTypes.Is(type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } optional ? optional.TypeArguments[0] : type, UsageTypes.StepScope);

    private static void Report(OperationAnalysisContext context, IOperation opened, IEnumerable<IOperation> inside)
    {
        if (MethodOperations.In(inside).Select(WordOf).FirstOrDefault(word => word.Word is not null) is { Word: { } word } found)
        {
            context.ReportDiagnostic(DiagnosticRecord.At(UsageDiagnostics.SuspendedStep, found.At, word, opened.Syntax.ToString()));
        }
    }

    private static (string? Word, Location? At) WordOf(IOperation operation) => operation switch
    {
        IAwaitOperation or IForEachLoopOperation { IsAsynchronous: true } or IUsingOperation { IsAsynchronous: true } or IUsingDeclarationOperation { IsAsynchronous: true }
            => ("await", Word(operation, "await")),
        IReturnOperation { Kind: OperationKind.YieldReturn } => ("yield", Word(operation, "yield")),
        _ => (null, null),
    };

    private static Location Word(IOperation operation, string word)
        => Location.Create(operation.Syntax.SyntaxTree, new TextSpan(operation.Syntax.SpanStart, word.Length));
}
