using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Pipeline;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>Turns the symbols of one adapter into an <see cref="AdapterModel"/> and diagnostics. No symbol leaves it.</summary>
internal sealed class AdapterParser
{
    private const string OriginalProperty = "Original";

    private readonly Compilation _compilation;
    private readonly CancellationToken _cancellation;
    private readonly DiagnosticSink _diagnostics = new();

    private AdapterParser(Compilation compilation, CancellationToken cancellation)
    {
        _compilation = compilation;
        _cancellation = cancellation;
    }

    /// <summary>Parses the adapters that the attributes of one file name; an adapter that several files name, with the first of them.</summary>
    public static EquatableArray<WrapResult> ParseFile(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var compilation = context.SemanticModel.Compilation;
        var all = WrapAttribute.AllOf(compilation.Assembly, cancellation);
        return all
            .GroupBy(AdapterOf, SymbolEqualityComparer.Default)
            .Where(group => group.First().Syntax.SyntaxTree == context.TargetNode.SyntaxTree)
            .Select(group => new AdapterParser(compilation, cancellation).Parse(group.First().AdapterType, group.ToList(), all))
            .ToEquatableArray();

        // Those without one, a mistake, are a group of their own.
        static ISymbol? AdapterOf(WrapAttribute attribute) => attribute.AdapterType ?? (ISymbol?)WrapAttribute.TypeOf(attribute.Adapter);
    }

    /// <summary>Parses a class with <c>[OriginalMember]</c> that no <c>[WrapAttention]</c> names; once for each class, at the first of its members.</summary>
    public static WrapResult? ParseMember(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var compilation = context.SemanticModel.Compilation;
        var target = context.TargetSymbol is IMethodSymbol { AssociatedSymbol: { } property } ? property : context.TargetSymbol;
        if (target.ContainingType is not { } type || WrapAttribute.MayName(type, compilation.Assembly, cancellation))
        {
            return null;
        }

        var first = MemberParser.MarkedOf(type).FirstOrDefault().Member;
        return SymbolEqualityComparer.Default.Equals(first, target) ? new AdapterParser(compilation, cancellation).Parse(type, [], []) : null;
    }

    /// <summary>Parses one adapter.</summary>
    /// <param name="adapter">The class, or <see langword="null"/> where the attributes name none.</param>
    /// <param name="attributes">The attributes that name it.</param>
    /// <param name="all">All attributes of the assembly.</param>
    private WrapResult Parse(INamedTypeSymbol? adapter, List<WrapAttribute> attributes, List<WrapAttribute> all)
    {
        var canAdd = CheckClass(adapter, attributes);
        if (adapter is null || !canAdd)
        {
            return new WrapResult(null, _diagnostics.ToEquatableArray());
        }

        var isReady = attributes.Count > 0 && ClassFault(adapter) is null;
        var members = new MemberLookup(adapter, _compilation, _cancellation);
        var names = new FreeNames(adapter, members);
        var original = attributes.Count > 0 ? FindOriginal(attributes) : null;
        var places = new List<PlaceModel>();
        if (original is not null && isReady && !KnownTypes.HasUnresolvedBase(adapter))
        {
            var fits = CheckBase(adapter, original, attributes[0]);
            CheckBody(adapter, original);
            var parser = new PlaceParser(_compilation, adapter, original, _diagnostics, names);
            foreach (var attribute in attributes.Where(attribute => CheckConflict(attribute, all) && fits))
            {
                places.AddRange(parser.Parse(attribute));
            }
        }

        isReady &= original is not null && _diagnostics.Count == 0;
        var parts = new MemberParser(adapter, original, _diagnostics, names, _cancellation);
        parts.Parse(hasOriginal: attributes.Count > 0);
        var model = ToModel(adapter, original, attributes.Count > 0, names, members, parts) with
        {
            IncludeDerived = original is { IsAbstract: true } || attributes.Exists(attribute => attribute.IncludeDerived),
            Places = (isReady ? places : []).ToEquatableArray(),
        };
        return new WrapResult(model, _diagnostics.ToEquatableArray());
    }

    /// <summary>Whether generated code can add to the class, and reports where it can be no adapter at all.</summary>
    private bool CheckClass(INamedTypeSymbol? adapter, List<WrapAttribute> attributes)
    {
        if (attributes.Count == 0)
        {
            return adapter is not null && IsOpen(adapter);
        }

        var argument = attributes[0].Adapter;
        if (WrapAttribute.TypeOf(argument) is { } type && KnownTypes.IsUnresolved(type))
        {
            return false;
        }

        if (adapter is null || adapter.TypeKind != TypeKind.Class || !adapter.Locations.Any(location => location.IsInSource))
        {
            var what = WrapAttribute.TypeOf(argument) is { } other ? CodeNames.InMessage(other) : "null";
            foreach (var attribute in attributes)
            {
                _diagnostics.Report(WrapDiagnostics.WrongAdapter, attribute.Adapter.Syntax, what, adapter?.TypeKind == TypeKind.Class ? "it is a class of another assembly" : "it is no class");
            }

            return false;
        }

        if (ClassFault(adapter) is { } fault && !SaysSiteGenerator(adapter))
        {
            _diagnostics.Report(WrapDiagnostics.WrongAdapter, argument.Syntax, adapter.Name, fault);
        }

        return IsOpen(adapter);
    }

    /// <summary>Whether the class's sites are refused for the same reason, which is enough said.</summary>
    private bool SaysSiteGenerator(INamedTypeSymbol adapter)
        => HasSite(adapter)
            && (!KnownTypes.IsModule(adapter) || DeclaredTypes.WithContaining(adapter).Any(t => t.IsFileLocal || !DeclaredTypes.IsPartial(t, _cancellation)));

    private bool HasSite(INamedTypeSymbol adapter)
        => adapter.GetMembers().OfType<IMethodSymbol>().Any(method => SiteAttribute.On(method, _cancellation) is not null);

    private bool IsOpen(INamedTypeSymbol type)
        => type.TypeKind is TypeKind.Class or TypeKind.Struct or TypeKind.Interface
            && DeclaredTypes.WithContaining(type).All(t => DeclaredTypes.IsPartial(t, _cancellation) && !t.IsFileLocal) && !type.IsStatic;

    private string? ClassFault(INamedTypeSymbol adapter)
    {
        var around = DeclaredTypes.WithContaining(adapter);
        return adapter.IsStatic ? "it is static"
            : adapter.IsAbstract ? "it is abstract"
            : around.Any(t => t.IsFileLocal) ? "it is file-local"
            : around.Any(t => t.Arity > 0) ? "it is generic, or nested in a generic type"
            : around.FirstOrDefault(t => !DeclaredTypes.IsPartial(t, _cancellation)) is { } closed ? $"'{closed.Name}' is not partial"
            : !WrapRoutes.IsVisible(adapter, _compilation) ? "it is not visible in its project"
            : KnownTypes.HasUnresolvedBase(adapter) ? null
            : !KnownTypes.IsModule(adapter) ? "it derives from no module"
            : adapter.GetMembers(OriginalProperty).Length > 0 ? $"it declares '{OriginalProperty}', which is generated"
            : null;
    }

    /// <summary>What the adapter stands for: the first attribute says, and the others have to agree.</summary>
    private INamedTypeSymbol? FindOriginal(List<WrapAttribute> attributes)
    {
        var argument = attributes[0].Original;
        var type = WrapAttribute.TypeOf(argument);
        if (type is not null && KnownTypes.IsUnresolved(type))
        {
            return null;
        }

        if (OriginalFault(type) is { } fault)
        {
            _diagnostics.Report(WrapDiagnostics.WrongOriginal, argument.Syntax, type is null ? "null" : CodeNames.InMessage(type), fault);
            return null;
        }

        foreach (var other in attributes.Where(a => !SymbolEqualityComparer.Default.Equals(a.OriginalType, type)))
        {
            _diagnostics.Report(
                WrapDiagnostics.Conflict,
                other.Original.Syntax,
                $"'{attributes[0].AdapterType!.Name}' stands for '{CodeNames.InMessage(type!)}' already",
                "declare an adapter for each class that is wrapped");
        }

        return (INamedTypeSymbol)type!;
    }

    private string? OriginalFault(ITypeSymbol? type) => type switch
    {
        null => "name the class of the module whose attention is to be computed otherwise",
        not INamedTypeSymbol { TypeKind: TypeKind.Class } => "it is no class; name the class of the modules, also where a field is declared with an interface",
        INamedTypeSymbol { IsUnboundGenericType: true } => "it is an open generic type; name it with its type arguments, and each such class with an adapter of its own",
        INamedTypeSymbol { IsStatic: true } => "it is static",
        INamedTypeSymbol named when !WrapRoutes.IsVisible(named, _compilation) => $"it is not public: {WrapRoutes.PublicAncestor(named, _compilation)}",
        INamedTypeSymbol named when KnownTypes.HasUnresolvedBase(named) => null,
        INamedTypeSymbol named when !KnownTypes.IsModule(named) => "it does not derive from TorchSharp.torch.nn.Module, so no model has it as a module. Wrap the module that uses it, and write that module's forward in the adapter",
        _ => null,
    };

    /// <summary>Whether the adapter can have the state of what it stands for; reports also where it would not be called.</summary>
    private bool CheckBase(INamedTypeSymbol adapter, INamedTypeSymbol original, WrapAttribute first)
    {
        var ancestor = adapter.BaseType!;
        var owner = WrapAttribute.TypeOf(first.Owner) as INamedTypeSymbol;
        if (!TypeRelations.IsOrDerivesFrom(original, ancestor))
        {
            return Refuse($"derives from '{Name(ancestor)}', which is no class of it: derive it from '{Name(TypeRelations.ModuleOf(original))}'");
        }

        if (AdapterBase.ConstructorArguments(_compilation, ancestor, adapter) is null)
        {
            return Refuse($"derives from '{Name(ancestor)}', which has no constructor for derived classes of other assemblies. {WrapRoutes.Around(owner)}");
        }

        if (!ancestor.IsAbstract && !adapter.GetMembers().Any(member => member.IsOverride))
        {
            var forward = TypeRelations.WithBases(ancestor).SelectMany(t => t.GetMembers("forward")).FirstOrDefault();
            var route = forward is not null && AdapterBase.IsOverridable(forward)
                ? "override the method that is called, as a rule 'public override partial Tensor forward(…)'"
                : $"'forward' cannot be overridden. {WrapRoutes.Around(owner)}";
            _diagnostics.Report(WrapDiagnostics.NothingOverridden, adapter, adapter.Name, Name(ancestor), route);
        }

        return true;

        bool Refuse(string fault)
        {
            _diagnostics.Report(WrapDiagnostics.WrongBase, adapter, adapter.Name, Name(original), fault);
            return false;
        }
    }

    /// <summary>Checks what the adapter is made of.</summary>
    private void CheckBody(INamedTypeSymbol adapter, INamedTypeSymbol original)
    {
        CheckState(adapter);
        if (!HasSite(adapter))
        {
            _diagnostics.Report(WrapDiagnostics.NoSite, adapter, adapter.Name, Name(original));
        }
    }

    private void CheckState(INamedTypeSymbol adapter)
    {
        foreach (var constructor in adapter.InstanceConstructors.Where(c => !c.IsImplicitlyDeclared))
        {
            _diagnostics.Report(WrapDiagnostics.OwnState, constructor, adapter.Name, "a constructor", "Remove it; what it would set up, read from Original");
        }

        foreach (var member in adapter.GetMembers().Where(m => !m.IsStatic && m is IFieldSymbol { IsImplicitlyDeclared: false } or IPropertySymbol && IsInitialised(m)))
        {
            _diagnostics.Report(WrapDiagnostics.OwnState, member, adapter.Name, $"the initialiser of '{member.Name}'", "Make it static, or a property with '=>'");
        }
    }

    private bool IsInitialised(ISymbol member) => member.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax(_cancellation)
        is VariableDeclaratorSyntax { Initializer: not null } or PropertyDeclarationSyntax { Initializer: not null });

    /// <summary>Whether no attribute before this one wraps the same modules in the same place.</summary>
    private bool CheckConflict(WrapAttribute attribute, List<WrapAttribute> all)
    {
        var earlier = all.Find(other => ReferenceEquals(other.Syntax, attribute.Syntax) || IsSamePlace(other, attribute));
        if (earlier is null || ReferenceEquals(earlier.Syntax, attribute.Syntax))
        {
            return true;
        }

        var place = attribute.Field.Text is { } field ? $"in the field '{field}'" : "in ModuleLists";
        _diagnostics.Report(
            WrapDiagnostics.Conflict,
            attribute.Syntax,
            $"'{Name(attribute.OriginalType!)}' {place} is wrapped already, by '{earlier.AdapterType?.Name}'",
            "keep one of the two attributes");
        return false;
    }

    private static bool IsSamePlace(WrapAttribute one, WrapAttribute other)
        => one.OriginalType is not null
            && SymbolEqualityComparer.Default.Equals(one.OriginalType, other.OriginalType)
            && SymbolEqualityComparer.Default.Equals(WrapAttribute.TypeOf(one.Owner), WrapAttribute.TypeOf(other.Owner))
            && string.Equals(one.Field.Text, other.Field.Text, StringComparison.Ordinal);

    private AdapterModel ToModel(
        INamedTypeSymbol adapter, INamedTypeSymbol? original, bool isNamed, FreeNames names, MemberLookup members, MemberParser parts)
    {
        var hasConstructor = adapter.InstanceConstructors.Any(c => !c.IsImplicitlyDeclared);
        var isAdapter = original is not null && KnownTypes.IsModule(adapter);
        return new AdapterModel(
            CodeNames.OfMetadata(adapter),
            CodeNames.OfNamespace(adapter.ContainingNamespace),
            DeclaredTypes.WithContaining(adapter).Select(CodeNames.OfTypeDeclaration).ToEquatableArray(),
            CodeNames.OfType(adapter),
            CodeNames.Escape(adapter.Name),
            original is null || adapter.GetMembers(OriginalProperty).Length > 0 ? null : CodeNames.OfType(original),
            members.Nearest(OriginalProperty) is not null,
            hasConstructor || !isNamed || !KnownTypes.IsModule(adapter) ? null : AdapterBase.ConstructorArguments(_compilation, adapter.BaseType!, adapter),
            isAdapter && AdapterBase.CanOverride(adapter, "training", m => m is IPropertySymbol { SetMethod: null }),
            isAdapter && AdapterBase.CanOverride(adapter, "train", m => m is IMethodSymbol { Parameters.Length: 1, ReturnsVoid: true }),
            isAdapter && AdapterBase.CanOverride(adapter, "Dispose", m => m is IMethodSymbol { Parameters.Length: 1, DeclaredAccessibility: Accessibility.Protected }),
            IncludeDerived: false,
            Array.Empty<PlaceModel>().ToEquatableArray(),
            parts.Members.ToEquatableArray(),
            parts.Unfinished.ToEquatableArray(),
            new AdapterNames(names.Like("__wrapped"), names.Like("__Wrapped"), names.Like("__RegisterWrapping")));
    }

    private static string Name(ISymbol symbol) => CodeNames.InMessage(symbol);
}
