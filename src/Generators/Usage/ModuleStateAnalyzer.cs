using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace DiTFastAttn.Generators.Usage;

/// <summary>
/// Finds tensors that a module with attention sites puts into a field while it computes, and strategies and runs that it keeps. Parameters, buffers
/// and whatever a constructor makes are the module's own and never reported.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ModuleStateAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [UsageDiagnostics.ModuleState];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSymbolStartAction(static start =>
        {
            if (start.Symbol is INamedTypeSymbol { TypeKind: TypeKind.Class } type && KnownTypes.IsModule(type) && HasSites(type, new(SymbolEqualityComparer.Default)))
            {
                Watch(start, type);
            }
        }, SymbolKind.NamedType);
    }

    private static void Watch(SymbolStartAnalysisContext start, INamedTypeSymbol type)
    {
        var sites = SiteMethods.Of(type);
        var writes = new ConcurrentDictionary<ISymbol, string>(SymbolEqualityComparer.Default);
        var fillings = new ConcurrentDictionary<ISymbol, string>(SymbolEqualityComparer.Default);
        var own = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        start.RegisterOperationAction(
            operation =>
            {
                if (operation.ContainingSymbol is IMethodSymbol method)
                {
                    Look(operation.Operation, method);
                }
            },
            MemberWrites.Kinds);
        start.RegisterSymbolEndAction(end =>
        {
            foreach (var member in type.GetMembers().Where(member => member is IFieldSymbol or IPropertySymbol && !member.IsImplicitlyDeclared))
            {
                var held = member is IFieldSymbol field ? field.Type : ((IPropertySymbol)member).Type;
                if (UsageTypes.IsOfARun(held) && (member is IFieldSymbol || UsageTypes.IsAutomatic((IPropertySymbol)member)))
                {
                    Report(end, member, $"a '{held.Name}'", "the plan of a run says which strategy computes, so leave it out here");
                }
                else if (fillings.TryGetValue(member, out var where) || (writes.TryGetValue(member, out where) && !own.ContainsKey(member.Name) && !HasValue(member, end)))
                {
                    Report(end, member, $"a tensor that '{where}' computed", "return it, or hand it on as an argument");
                }
            }
        });

        void Look(IOperation operation, IMethodSymbol method)
        {
            if (operation is IInvocationOperation { TargetMethod.Name: "register_buffer" or "register_parameter" } registration)
            {
                foreach (var name in registration.Arguments.Select(argument => argument.Value.ConstantValue.Value).OfType<string>())
                {
                    own.TryAdd(name, true);
                }
            }
            else if (MemberWrites.Target(operation, out var isFilling) is { } member && SymbolEqualityComparer.Default.Equals(member.ContainingType, type)
                && (member is IFieldSymbol field ? field.Type : ((IPropertySymbol)member).Type) is var held && UsageTypes.HoldsTensors(held)
                && (member is IFieldSymbol || UsageTypes.IsAutomatic((IPropertySymbol)member)))
            {
                if (method.MethodKind == MethodKind.Constructor)
                {
                    own.TryAdd(member.Name, true);
                }
                else if ((method.Name == "forward" || sites.IsProject(method) || sites.IsOutput(method))
                    && operation is not IAssignmentOperation { Value: IDefaultValueOperation or ILiteralOperation or IConversionOperation { Operand: ILiteralOperation } })
                {
                    (isFilling ? fillings : writes).TryAdd(member, method.Name);
                }
            }
        }

        void Report(SymbolAnalysisContext end, ISymbol member, string what, string instead)
            => end.ReportDiagnostic(DiagnosticRecord.At(UsageDiagnostics.ModuleState, member.Locations.FirstOrDefault(), type.Name, what, member.Name, instead));
    }

    // What a declaration begins with is there when the constructor registers fields: a buffer.
    private static bool HasValue(ISymbol member, SymbolAnalysisContext context)
        => member.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(context.CancellationToken)).Any(declaration =>
            (declaration is VariableDeclaratorSyntax field ? field.Initializer : (declaration as PropertyDeclarationSyntax)?.Initializer)?.Value is { } value
            && value is not (LiteralExpressionSyntax or DefaultExpressionSyntax or PostfixUnaryExpressionSyntax { Operand: LiteralExpressionSyntax }));

    private static bool HasSites(INamedTypeSymbol type, HashSet<ISymbol> seen)
        => seen.Add(type.OriginalDefinition) && seen.Count < 100
            && (SiteMethods.Of(type).Any
                || type.GetMembers().OfType<IFieldSymbol>().Where(field => !field.IsStatic)
                    .SelectMany(field => field.Type is INamedTypeSymbol { Arity: 1, Name: "ModuleList" } list ? list.TypeArguments : [field.Type])
                    .OfType<INamedTypeSymbol>().Any(part => part.DeclaringSyntaxReferences.Length > 0 && KnownTypes.IsModule(part) && HasSites(part, seen)));
}
