using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace DiTFastAttn.Generators.Usage;

/// <summary>
/// Finds what changes in a class marked <c>[AttentionProcessor]</c>. What happens under a lock, or through <c>Interlocked</c> and concurrent collections,
/// was thought about and is not reported.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class StrategyStateAnalyzer : DiagnosticAnalyzer
{
    /// <summary>Of a diagnostic's properties: what a code fix can do about it.</summary>
    public const string Mend = "mend";

    /// <summary>The mend: <c>init</c> for <c>set</c>.</summary>
    public const string MakeInit = "init";

    /// <summary>The mend: <c>readonly</c>.</summary>
    public const string MakeReadOnly = "readonly";

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [UsageDiagnostics.StrategyState];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSymbolStartAction(static start =>
        {
            if (start.Symbol is INamedTypeSymbol { TypeKind: TypeKind.Class } type && UsageTypes.IsStrategyClass(type))
            {
                Watch(start, type);
            }
        }, SymbolKind.NamedType);
    }

    private static void Watch(SymbolStartAnalysisContext start, INamedTypeSymbol type)
    {
        var writes = new ConcurrentDictionary<ISymbol, string>(SymbolEqualityComparer.Default);
        start.RegisterOperationAction(
            operation =>
            {
                if (operation.ContainingSymbol is IMethodSymbol { MethodKind: not (MethodKind.Constructor or MethodKind.StaticConstructor) } method
                    && MemberWrites.Target(operation.Operation, out _) is { } member
                    && SymbolEqualityComparer.Default.Equals(member.ContainingType, type)
                    && !MemberWrites.IsLocked(operation.Operation))
                {
                    writes.TryAdd(member, (method.AssociatedSymbol ?? method).Name);
                }
            },
            MemberWrites.Kinds);
        start.RegisterSymbolEndAction(end =>
        {
            foreach (var member in type.GetMembers().Where(member => !member.IsImplicitlyDeclared && IsStored(member) && !IsOfAThread(member)))
            {
                var isWritten = writes.TryGetValue(member, out var method);
                var opens = member is IFieldSymbol { IsReadOnly: false } field ? IsOpen(field)
                    : member is IPropertySymbol { SetMethod: { IsInitOnly: false } setter } && IsOpen(setter);
                if (isWritten || opens)
                {
                    var mend = isWritten ? "" : member is IFieldSymbol ? MakeReadOnly : MakeInit;
                    end.ReportDiagnostic(Diagnostic.Create(
                        UsageDiagnostics.StrategyState,
                        member.Locations[0],
                        ImmutableDictionary<string, string?>.Empty.Add(Mend, mend),
                        type.Name,
                        member.Name,
                        isWritten ? $"'{method}' changes" : "anybody can set"));
                }
            }
        });
    }

    private static bool IsStored(ISymbol member)
        => member is IFieldSymbol { IsConst: false } or IPropertySymbol { IsIndexer: false } && (member is IFieldSymbol || UsageTypes.IsAutomatic((IPropertySymbol)member));

    private static bool IsOpen(ISymbol member) => member.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal;

    private static bool IsOfAThread(ISymbol member) => member.GetAttributes().Any(a => a.AttributeClass?.Name == "ThreadStaticAttribute");
}
