using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>An <c>[assembly: WrapAttention(…)]</c> as it stands in the source.</summary>
internal sealed class WrapAttribute
{
    private readonly AttributeData _data;

    private WrapAttribute(AttributeData data, AttributeSyntax syntax)
    {
        _data = data;
        Syntax = syntax;
    }

    /// <summary>Where the attribute stands.</summary>
    public AttributeSyntax Syntax { get; }

    public SiteArgument Original => Positional(0, "original");

    public SiteArgument Adapter => Positional(1, "adapter");

    public SiteArgument Owner => this["Owner"];

    public SiteArgument Field => this["Field"];

    public SiteArgument FieldType => this["FieldType"];

    public bool IncludeDerived => this["IncludeDerived"].Constant?.Value is true;

    /// <summary>The original where it is a type with a name, as every module is.</summary>
    public INamedTypeSymbol? OriginalType => TypeOf(Original) as INamedTypeSymbol;

    /// <summary>The adapter as it is declared, where it is a type with a name.</summary>
    public INamedTypeSymbol? AdapterType => (TypeOf(Adapter) as INamedTypeSymbol)?.OriginalDefinition;

    private SiteArgument this[string property]
    {
        get
        {
            var named = _data.NamedArguments.FirstOrDefault(a => a.Key == property);
            var syntax = Arguments.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == property);
            return new SiteArgument(named.Key is null ? null : named.Value, syntax ?? (SyntaxNode)Syntax);
        }
    }

    private IEnumerable<AttributeArgumentSyntax> Arguments => Syntax.ArgumentList?.Arguments ?? Enumerable.Empty<AttributeArgumentSyntax>();

    /// <summary>All of an assembly that the compiler understood, in order of place; where it did not, it says so itself.</summary>
    public static List<WrapAttribute> AllOf(IAssemblySymbol assembly, CancellationToken cancellation)
        => assembly.GetAttributes()
            .Where(data => KnownTypes.Is(data.AttributeClass, KnownTypes.WrapAttribute) && IsUnderstood(data))
            .Select(data => (Data: data, Syntax: data.ApplicationSyntaxReference?.GetSyntax(cancellation) as AttributeSyntax))
            .Where(attribute => attribute.Syntax is not null)
            .Select(attribute => new WrapAttribute(attribute.Data, attribute.Syntax!))
            .OrderBy(attribute => attribute.Syntax.SyntaxTree.FilePath, StringComparer.Ordinal)
            .ThenBy(attribute => attribute.Syntax.SpanStart)
            .ToList();

    /// <summary>Whether an attribute of the assembly names the class as adapter, or is one that the compiler did not understand.</summary>
    public static bool MayName(INamedTypeSymbol type, IAssemblySymbol assembly, CancellationToken cancellation)
        => assembly.GetAttributes().Any(data => KnownTypes.Is(data.AttributeClass, KnownTypes.WrapAttribute) && !IsUnderstood(data))
            || AllOf(assembly, cancellation).Exists(attribute => SymbolEqualityComparer.Default.Equals(attribute.AdapterType, type));

    /// <summary>What the class stands for as the first attribute that names it as adapter says, or <see langword="null"/> where none does.</summary>
    public static INamedTypeSymbol? OriginalOf(INamedTypeSymbol adapter, IAssemblySymbol assembly, CancellationToken cancellation)
        => AllOf(assembly, cancellation).Find(attribute => SymbolEqualityComparer.Default.Equals(attribute.AdapterType, adapter))?.OriginalType;

    /// <summary>The type that an argument names, also one that the project cannot see: the compiler refuses it and does not say the way around.</summary>
    public static ITypeSymbol? TypeOf(SiteArgument argument) => argument.Constant?.Value switch
    {
        IErrorTypeSymbol { CandidateReason: CandidateReason.Inaccessible } hidden => hidden.CandidateSymbols.OfType<ITypeSymbol>().FirstOrDefault() ?? hidden,
        var value => value as ITypeSymbol,
    };

    /// <summary>Whether the compiler understood the attribute; where not, it says so itself.</summary>
    private static bool IsUnderstood(AttributeData data)
        => data.AttributeConstructor is not null
            && data.ConstructorArguments.Length == 2
            && data.ConstructorArguments.All(a => a.Kind != TypedConstantKind.Error)
            && data.NamedArguments.All(a => a.Value.Kind != TypedConstantKind.Error);

    private SiteArgument Positional(int index, string parameter)
    {
        var syntax = Arguments.FirstOrDefault(a => a.NameColon?.Name.Identifier.ValueText == parameter)
            ?? Arguments.Where(a => a.NameEquals is null).Skip(index).FirstOrDefault();
        return new SiteArgument(_data.ConstructorArguments[index], syntax ?? (SyntaxNode)Syntax);
    }
}
