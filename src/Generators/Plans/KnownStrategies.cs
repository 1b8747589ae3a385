using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using DiTFastAttn.Generators.Processors;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static DiTFastAttn.Generators.Plans.StrategyTraits;

namespace DiTFastAttn.Generators.Plans;

/// <summary>The strategies that a project's plans can name: built in, marked in the project or in what it refers to, or registered by a call.</summary>
internal sealed class KnownStrategies
{
    /// <summary>A test holds them to what the strategies themselves say.</summary>
    public static readonly DeclaredStrategy[] BuiltIn =
    [
        new("full", "", IsDecorator: false, new StrategyTraits(State.None, State.Residual | State.Output)),
        new("wa", "", IsDecorator: false, new StrategyTraits(State.None, State.Output, NeedsWindow: true)),
        new("wars", "", IsDecorator: false, new StrategyTraits(State.Residual, State.Output, NeedsWindow: true)),
        new("ast", "", IsDecorator: false, new StrategyTraits(State.Output, State.None)),
        new(SharingAcrossGuidance, "", IsDecorator: true),
    ];

    private const string SharingAcrossGuidance = "asc";
    private const string Builder = "DiTFastAttn.Hosting.DiTFastAttnBuilder";
    private const string Catalog = "DiTFastAttn.Processors.ProcessorCatalog";
    private const string AnyCatalog = "DiTFastAttn.IProcessorCatalog";

    private readonly Dictionary<string, List<DeclaredStrategy>> _byId;

    private KnownStrategies(IEnumerable<DeclaredStrategy> declared, bool isOpen)
    {
        _byId = BuiltIn.Concat(declared).GroupBy(strategy => strategy.Id, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        IsOpen = isOpen;
    }

    /// <summary>Whether there may be more, whose ids show at run time only.</summary>
    public bool IsOpen { get; }

    /// <summary>The ids: built-in ones as the program lists them, then the project's.</summary>
    public IEnumerable<string> Ids => BuiltIn.Select(strategy => strategy.Id).Concat(_byId.Keys.Except(BuiltIn.Select(s => s.Id)).OrderBy(id => id, StringComparer.Ordinal));

    public static KnownStrategies Of(Compilation compilation, CancellationToken cancellation)
    {
        var declared = new List<DeclaredStrategy>();
        var isOpen = compilation.GetTypeByMetadataName(ProcessorParser.Attribute) is null;
        var hosting = compilation.GetTypeByMetadataName(Builder)?.ContainingAssembly;
        foreach (var assembly in ReferringAssemblies.Of(compilation, ProcessorParser.Attribute))
        {
            var registers = ReferringAssemblies.RefersTo(assembly, hosting);
            foreach (var type in ReferringAssemblies.TypesOf(assembly, cancellation).Where(type => type.TypeKind == TypeKind.Class))
            {
                var (computes, decorates) = (Implements(type, ProcessorParser.Processor), Implements(type, ProcessorParser.Decorator));
                if (type.GetAttributes().FirstOrDefault(a => KnownTypes.Is(a.AttributeClass, ProcessorParser.Attribute)) is { } attribute)
                {
                    if (attribute.ConstructorArguments.FirstOrDefault() is { Kind: TypedConstantKind.Primitive, Value: string id })
                    {
                        declared.Add(new DeclaredStrategy(id, $"'{type.Name}' of {assembly.Name}", computes == decorates ? null : decorates));
                    }
                }
                else
                {
                    // A catalog of somebody's own, and what another assembly registers in its own code, can have any id.
                    isOpen |= registers && (Implements(type, AnyCatalog)
                        || ((computes || decorates) && !type.IsAbstract && !SymbolEqualityComparer.Default.Equals(assembly, compilation.Assembly)));
                }
            }
        }

        foreach (var tree in compilation.SyntaxTrees)
        {
            cancellation.ThrowIfCancellationRequested();
            if (tree.GetText(cancellation).ToString() is var text && (text.Contains("AddProcessor") || text.Contains("ProcessorCatalog")))
            {
                isOpen |= !AddRegistered(declared, compilation.GetSemanticModel(tree), tree.GetRoot(cancellation), cancellation);
            }
        }

        return new KnownStrategies(declared, isOpen);
    }

    /// <summary>Finds a strategy, composites included, as the program does when a run begins.</summary>
    /// <param name="id">For example <c>wars+asc</c>.</param>
    /// <param name="traits">What is known of it, or <see langword="null"/>.</param>
    /// <returns>Whether there is one, or can be.</returns>
    public bool TryFind(string id, out StrategyTraits? traits)
    {
        traits = null;
        var isFirst = true;
        foreach (var part in id.Split('+'))
        {
            var strategy = _byId.TryGetValue(part, out var strategies) ? strategies[0] : null;
            // A second processor is refused too: only decorators stand around another strategy.
            if (strategy is null ? !IsOpen || ProcessorId.Fault(part) is not null : !isFirst && strategy.IsDecorator == false)
            {
                return false;
            }

            var inner = isFirst ? BuiltIn[0].Traits : traits;
            traits = part == SharingAcrossGuidance ? (inner is null ? null : inner with { NeedsGuidance = true })
                : isFirst ? strategy?.Traits
                : null;
            isFirst = false;
        }

        return true;
    }

    /// <summary>The classes that claim the same id, where there are several.</summary>
    public IReadOnlyList<string> Claimants(string id)
        => _byId.TryGetValue(id, out var strategies) ? [.. strategies.Where(s => s.ClassName.Length > 0).Select(s => s.ClassName).Distinct()] : [];

    private static bool Implements(INamedTypeSymbol type, string name) => type.AllInterfaces.Any(i => KnownTypes.Is(i, name));

    /// <summary>Adds what calls register.</summary>
    /// <returns>Whether all ids are known.</returns>
    private static bool AddRegistered(List<DeclaredStrategy> declared, SemanticModel model, SyntaxNode root, CancellationToken cancellation)
    {
        var areKnown = true;
        foreach (var call in root.DescendantNodes().OfType<InvocationExpressionSyntax>().Where(call => NameOf(call) is "AddProcessor" or "Add"))
        {
            if (model.GetSymbolInfo(call, cancellation).Symbol is not IMethodSymbol method
                || !(KnownTypes.Is(method.ContainingType, Builder) || KnownTypes.Is(method.ContainingType, Catalog))
                || call.ArgumentList.Arguments.FirstOrDefault(a => a.NameColon is null or { Name.Identifier.ValueText: "id" }) is not { } argument)
            {
                continue;
            }

            if (model.GetConstantValue(argument.Expression, cancellation).Value is string id)
            {
                declared.Add(new DeclaredStrategy(id, "", IsDecorator: null));
            }
            else
            {
                areKnown = false;
            }
        }

        return areKnown;
    }

    private static string NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax member => member.Name.Identifier.ValueText,
        MemberBindingExpressionSyntax member => member.Name.Identifier.ValueText,
        SimpleNameSyntax name => name.Identifier.ValueText,
        _ => "",
    };
}
