using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Plans;

/// <summary>
/// Finds the module classes with attention sites, in the project and in what it refers to, and the names that their sites will have: the path of
/// fields, as registration names them. What shows at run time only (elements of an abstract class, modules registered by hand) leaves its part of
/// the names open.
/// </summary>
internal sealed class DeclaredModels
{
    private const string Lists = "TorchSharp.Modules.ModuleList`1";
    private const string ComponentName = "ComponentNameAttribute";

    private readonly Dictionary<ITypeSymbol, IReadOnlyList<SitePattern>?> _sites = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, List<INamedTypeSymbol>> _derived = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _parts = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _originals = new(SymbolEqualityComparer.Default);
    private readonly List<INamedTypeSymbol> _modules = [];
    private readonly Compilation _compilation;
    private readonly IAssemblySymbol? _torch;
    private readonly CancellationToken _cancellation;

    public DeclaredModels(Compilation compilation, CancellationToken cancellation)
    {
        // Fields and site methods are private mostly, which the compiler leaves out of what it reads of other assemblies.
        _compilation = compilation.WithOptions(((CSharpCompilationOptions)compilation.Options).WithMetadataImportOptions(MetadataImportOptions.All));
        _cancellation = cancellation;
        _torch = _compilation.GetTypeByMetadataName("TorchSharp.torch")?.ContainingAssembly;
        var assemblies = ReferringAssemblies.Of(_compilation, KnownTypes.SiteAttribute).ToList();
        _modules.AddRange(assemblies.SelectMany(assembly => ReferringAssemblies.TypesOf(assembly, cancellation))
            .Where(type => type.TypeKind == TypeKind.Class && KnownTypes.IsModule(type)));
        foreach (var module in _modules)
        {
            for (var ancestor = module.BaseType; ancestor is not null && !IsTorch(ancestor); ancestor = ancestor.BaseType)
            {
                if (!_derived.TryGetValue(ancestor.OriginalDefinition, out var derived))
                {
                    _derived.Add(ancestor.OriginalDefinition, derived = []);
                }

                derived.Add(module);
            }
        }

        foreach (var wrapping in assemblies.SelectMany(assembly => assembly.GetAttributes()).Where(a => KnownTypes.Is(a.AttributeClass, KnownTypes.WrapAttribute)))
        {
            if (wrapping.ConstructorArguments.FirstOrDefault() is { Kind: TypedConstantKind.Type, Value: INamedTypeSymbol original })
            {
                _originals.Add(original.OriginalDefinition);
            }
        }
    }

    /// <summary>The classes whose instances have a name that a plan says; without an answer where any class might have.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Each class's sites; <see langword="null"/> where a class may give that name to its instances and does not say so.</returns>
    public IReadOnlyList<IReadOnlyList<SitePattern>>? Named(string name)
    {
        var named = new List<INamedTypeSymbol>();
        var mayBeAnother = false;
        foreach (var module in _modules.Where(module => !module.IsAbstract))
        {
            if (module.Name == name || NamesOf(module, out var hasOthers).Contains(name))
            {
                named.Add(module);
            }
            else
            {
                mayBeAnother |= hasOthers;
            }
        }

        return named.Count == 0 && mayBeAnother ? null : named.ConvertAll(SitesOfModel);
    }

    /// <summary>The names of the classes that a plan can be for: with sites, and first those that are no part of another.</summary>
    public IReadOnlyList<string> Names()
        => _modules.Where(module => !module.IsAbstract)
            .Where(module => SitesOf(module).Any(site => !site.IsOpen))
            .ToList()
            .OrderBy(module => _parts.Contains(module.OriginalDefinition))
            .ThenBy(module => module.Name, StringComparer.Ordinal)
            .Select(module => module.Name)
            .Distinct()
            .ToList();

    // A site without a name of its own is named as its module, and a model has no path.
    private IReadOnlyList<SitePattern> SitesOfModel(INamedTypeSymbol model)
        => [.. SitesOf(model).Select(site => site.Path.Length == 0 ? site with { Path = "attention" } : site)];

    /// <summary>The sites of a module of just this class.</summary>
    private IReadOnlyList<SitePattern> SitesOf(INamedTypeSymbol type)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_sites.TryGetValue(type, out var known))
        {
            return known ?? [SitePattern.Open]; // a module in itself
        }

        _sites.Add(type, null);
        var sites = new List<SitePattern>();
        for (var level = type; level is not null && !IsTorch(level); level = level.BaseType)
        {
            if (IsHidden(level))
            {
                sites.Add(SitePattern.Open);
                break;
            }

            var own = level.GetMembers().OfType<IMethodSymbol>().Select(SiteOn).Where(site => site is not null).ToList();
            sites.AddRange(own!);
            sites.AddRange(level.GetMembers().OfType<IFieldSymbol>().Where(field => !field.IsStatic).SelectMany(SitesAt));
            if (own.Count == 0 && level.Interfaces.Any(i => KnownTypes.Is(i, KnownTypes.SiteHost)))
            {
                sites.Add(SitePattern.Open);
            }
        }

        var distinct = sites.GroupBy(site => site.Path, StringComparer.Ordinal).Select(group => group.First()).ToList();
        return _sites[type] = distinct;
    }

    private static SitePattern? SiteOn(IMethodSymbol method)
    {
        if (method.GetAttributes().FirstOrDefault(SiteAttribute.IsOne) is not { } attribute)
        {
            return null;
        }

        if (KnownTypes.Is(attribute.AttributeClass, KnownTypes.SubLayerAttribute))
        {
            // A plan has columns for sub-layers, or none.
            return new SitePattern(NameOf(attribute), SitePattern.SubLayer, IsRequired: false);
        }

        var kind = attribute.NamedArguments.FirstOrDefault(argument => argument.Key == "Kind").Value;
        return new SitePattern(
            NameOf(attribute),
            kind is { Kind: TypedConstantKind.Enum, Type: INamedTypeSymbol type }
                ? type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => f.HasConstantValue && Equals(f.ConstantValue, kind.Value))?.Name
                : null,
            IsRequired: true);
    }

    private static string NameOf(AttributeData attribute)
        => attribute.ConstructorArguments.FirstOrDefault() is { Kind: TypedConstantKind.Primitive, Value: string name } ? name : "";

    private IEnumerable<SitePattern> SitesAt(IFieldSymbol field)
    {
        var name = field.GetAttributes().FirstOrDefault(a => a.AttributeClass?.Name == ComponentName)?.NamedArguments.FirstOrDefault(a => a.Key == "Name").Value.Value as string
            ?? field.Name;
        var type = field.Type as INamedTypeSymbol;
        var sites = type is { Arity: 1 } && type.ConstructedFrom.Name == "ModuleList" && IsTorch(type)
            ? SitesOfDeclared(type.TypeArguments[0]).Select(site => site.Below("*"))
            : SitesOfDeclared(field.Type);
        // Where nobody says that it is not null, it may be.
        return field.NullableAnnotation == NullableAnnotation.NotAnnotated ? sites.Select(site => site.Below(name)) : sites.Select(site => site.Below(name) with { IsRequired = false });
    }

    /// <summary>The sites of whatever module a field of that type can hold.</summary>
    private IReadOnlyList<SitePattern> SitesOfDeclared(ITypeSymbol declared)
    {
        if (declared is ITypeParameterSymbol or { TypeKind: TypeKind.Interface })
        {
            return declared.AllInterfaces.Concat([declared]).Any(MayBeAModule) ? [SitePattern.Open] : [];
        }

        if (declared is not INamedTypeSymbol { TypeKind: TypeKind.Class } type || (!KnownTypes.IsModule(type) && !KnownTypes.Is(type, KnownTypes.Module)))
        {
            return [];
        }

        _parts.Add(type.OriginalDefinition);
        if (IsTorch(type))
        {
            // Linear has no sites; a Module<Tensor, Tensor>, or a list of whatever, can have them.
            return type.IsAbstract || type.Name == "Module" || type.Arity > 0 || type.Name == "Sequential" ? [SitePattern.Open] : [];
        }

        var derived = _derived.TryGetValue(type.OriginalDefinition, out var found) ? found : [];
        if (_originals.Count > 0 && (_originals.Contains(type.OriginalDefinition) || derived.Exists(d => _originals.Contains(d.OriginalDefinition)))
            || (derived.Count > 0 && type.Arity > 0))
        {
            return [SitePattern.Open];
        }

        var classes = derived.Where(d => !d.IsAbstract).Concat(type.IsAbstract ? [] : new[] { type }).ToList();
        return classes.Count == 1
            ? SitesOf(classes[0])
            : [.. classes.SelectMany(SitesOf).Select(site => site with { IsRequired = false }).Distinct()];
    }

    private bool MayBeAModule(ITypeSymbol type)
        => type.TypeKind == TypeKind.Interface
            ? !type.ContainingNamespace.ToDisplayString().StartsWith("System", StringComparison.Ordinal)
            : ((ITypeParameterSymbol)type).ConstraintTypes.Any(constraint => constraint is INamedTypeSymbol named && (KnownTypes.IsModule(named) || KnownTypes.Is(named, KnownTypes.Module)));

    private bool IsTorch(ITypeSymbol type) => SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, _torch);

    /// <summary>Whether the class has parts that do not show: the assembly is one for reference only, or its code registers modules by hand.</summary>
    private bool IsHidden(INamedTypeSymbol type)
        => type.ContainingAssembly.GetAttributes().Any(a => a.AttributeClass?.Name == "ReferenceAssemblyAttribute")
            || type.GetMembers().OfType<IFieldSymbol>().Any(field => HoldsModules(field.Type))
            || type.DeclaringSyntaxReferences.Any(r => r.GetSyntax(_cancellation).DescendantTokens().Any(
                token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText is "register_module" or "add_module"));

    // An array or a collection is not registered: what is in it, code registers by hand.
    private bool HoldsModules(ITypeSymbol type)
        => type is IArrayTypeSymbol array ? IsModule(array.ElementType)
            : type is INamedTypeSymbol { Arity: > 0 } named && !IsTorch(named) && !KnownTypes.IsModule(named) && named.TypeArguments.Any(IsModule);

    private static bool IsModule(ITypeSymbol type) => type is INamedTypeSymbol named && (KnownTypes.IsModule(named) || KnownTypes.Is(named, KnownTypes.Module));

    /// <summary>The names that constructors hand to the base class: a plan says a model's name as its instance has it.</summary>
    private List<string> NamesOf(INamedTypeSymbol type, out bool hasOthers)
    {
        var names = new List<string> { type.Name };
        hasOthers = false;
        foreach (var declaration in type.DeclaringSyntaxReferences.Select(r => r.GetSyntax(_cancellation)).OfType<TypeDeclarationSyntax>())
        {
            var calls = declaration.Members.OfType<ConstructorDeclarationSyntax>()
                .Where(constructor => constructor.Initializer?.ThisOrBaseKeyword.IsKind(SyntaxKind.BaseKeyword) == true)
                .Select(constructor => constructor.Initializer!.ArgumentList)
                .Concat(declaration.BaseList?.Types.OfType<PrimaryConstructorBaseTypeSyntax>().Select(b => b.ArgumentList) ?? []);
            foreach (var argument in calls.Select(call => call.Arguments.FirstOrDefault()?.Expression))
            {
                var name = argument is LiteralExpressionSyntax literal ? literal.Token.Value as string
                    : argument is null ? null
                    : _compilation.GetSemanticModel(declaration.SyntaxTree).GetConstantValue(argument, _cancellation).Value as string;
                hasOthers |= name is null;
                names.Add(name ?? type.Name);
            }
        }

        return names;
    }
}
