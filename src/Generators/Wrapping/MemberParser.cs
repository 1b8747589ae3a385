using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>Reads the <c>[OriginalMember]</c> members of one adapter.</summary>
internal sealed class MemberParser
{
    private readonly INamedTypeSymbol _adapter;
    private readonly INamedTypeSymbol? _original;
    private readonly DiagnosticSink _diagnostics;
    private readonly FreeNames _names;
    private readonly CancellationToken _cancellation;

    /// <summary>Prepares to read.</summary>
    /// <param name="adapter">The class.</param>
    /// <param name="original">What it stands for, or <see langword="null"/> where an error hides that.</param>
    /// <param name="diagnostics">Gets what is wrong.</param>
    /// <param name="names">For generated members.</param>
    /// <param name="cancellation">Ends it.</param>
    public MemberParser(INamedTypeSymbol adapter, INamedTypeSymbol? original, DiagnosticSink diagnostics, FreeNames names, CancellationToken cancellation)
    {
        _adapter = adapter;
        _original = original;
        _diagnostics = diagnostics;
        _names = names;
        _cancellation = cancellation;
    }

    public List<MemberModel> Members { get; } = [];

    public List<UnfinishedMember> Unfinished { get; } = [];

    /// <summary>The members of a class that are marked.</summary>
    public static IEnumerable<(ISymbol Member, AttributeData Attribute)> MarkedOf(INamedTypeSymbol type)
        => type.GetMembers()
            .Where(member => member is IPropertySymbol or IMethodSymbol)
            .Select(member => (member, member.GetAttributes().FirstOrDefault(a => KnownTypes.Is(a.AttributeClass, KnownTypes.MemberAttribute))!))
            .Where(marked => marked.Item2 is not null);

    /// <summary>Reads them.</summary>
    /// <param name="hasOriginal">Whether a <c>[WrapAttention]</c> names the class.</param>
    public void Parse(bool hasOriginal)
    {
        foreach (var (member, attribute) in MarkedOf(_adapter))
        {
            _cancellation.ThrowIfCancellationRequested();
            var before = _diagnostics.Count;
            if (!hasOriginal)
            {
                _diagnostics.Report(WrapDiagnostics.WrongMember, member, member.Name, $"no [assembly: WrapAttention] names '{_adapter.Name}' as adapter");
            }
            else if (ShapeFault(member) is { } fault)
            {
                _diagnostics.Report(WrapDiagnostics.WrongMember, member, member.Name, fault);
            }
            else if (_original is not null && Parse(member, attribute, _original) is { } model)
            {
                Members.Add(model);
                continue;
            }

            if (IsBodyMissing(member))
            {
                Unfinished.Add(UnfinishedOf(member, _diagnostics.ReasonSince(before)));
            }
        }
    }

    private MemberModel? Parse(ISymbol member, AttributeData attribute, INamedTypeSymbol original)
    {
        if (attribute.AttributeConstructor is null || attribute.ConstructorArguments.Concat(attribute.NamedArguments.Select(a => a.Value)).Any(a => a.Kind == TypedConstantKind.Error))
        {
            return null;
        }

        var submodule = attribute.NamedArguments.FirstOrDefault(a => a.Key == "Submodule");
        var target = submodule.Key is not null ? submodule.Value.Value as string ?? ""
            : attribute.ConstructorArguments.Length == 1 ? attribute.ConstructorArguments[0].Value as string ?? ""
            : member.Name;
        var fault = target.Trim().Length == 0 ? "the name it gives is empty"
            : submodule.Key is not null && (member is not IPropertySymbol || attribute.ConstructorArguments.Length == 1)
                ? "a submodule is a property, and its path is its only name"
            : null;
        if (fault is not null)
        {
            _diagnostics.Report(WrapDiagnostics.WrongMember, member, member.Name, fault);
            return null;
        }

        var stated = attribute.NamedArguments.FirstOrDefault(a => a.Key == "DeclaredIn").Value.Value as ITypeSymbol;
        if (stated is not null && (stated is not INamedTypeSymbol named || !TypeRelations.IsOrDerivesFrom(original, named)))
        {
            Unknown(member, target, stated, $"that is no class of '{CodeNames.InMessage(original)}'");
            return null;
        }

        var declaredIn = stated as INamedTypeSymbol ?? original;
        return member switch
        {
            IPropertySymbol property when submodule.Key is not null => ParseSubmodule(property, target, original),
            IPropertySymbol property => ParseField(property, target, declaredIn),
            IMethodSymbol method => ParseMethod(method, target, declaredIn),
            _ => null,
        };
    }

    private MemberModel? ParseSubmodule(IPropertySymbol property, string path, INamedTypeSymbol original)
    {
        if (property.Type is not INamedTypeSymbol type || !TypeRelations.IsAnyModule(type))
        {
            Unknown(property, path, original, $"a submodule is a module, and '{CodeNames.InMessage(property.Type)}' is none");
            return null;
        }

        if (path.Split('.').Any(name => name.Length == 0))
        {
            Unknown(property, path, original, "a path is names with a dot between them, as in 'attn.qkv'");
            return null;
        }

        return new MemberModel(
            MemberKind.Submodule,
            HeaderOf(property),
            path,
            CodeNames.OfType(property.Type.WithNullableAnnotation(NullableAnnotation.NotAnnotated)),
            CodeNames.OfType(original),
            Parameters: "",
            Arguments: "",
            _names.Like("__" + property.Name));
    }

    private MemberModel? ParseField(IPropertySymbol property, string name, INamedTypeSymbol declaredIn)
    {
        if (VisibleMember.FieldFault(
            declaredIn, name, property.Type, "DeclaredIn", $"read it from Original, or declare a partial method [OriginalMember(\"get_{name}\")]") is { } fault)
        {
            Unknown(property, name, declaredIn, fault);
            return null;
        }

        return new MemberModel(
            MemberKind.Field,
            HeaderOf(property),
            name,
            CodeNames.OfType(property.Type),
            CodeNames.OfType(declaredIn),
            Parameters: "",
            Arguments: "",
            _names.Like("__" + property.Name + "Of"));
    }

    private MemberModel? ParseMethod(IMethodSymbol method, string name, INamedTypeSymbol declaredIn)
    {
        if (declaredIn.GetMembers(name).FirstOrDefault() is { } visible and not IMethodSymbol { IsStatic: false })
        {
            Unknown(method, name, declaredIn, $"it is '{CodeNames.InMessage(visible)}', which is no instance method");
            return null;
        }

        return new MemberModel(
            MemberKind.Method,
            HeaderOf(method),
            name,
            CodeNames.OfType(method.ReturnType),
            CodeNames.OfType(declaredIn),
            string.Concat(method.Parameters.Select(p => $", {RefKindOf(p, inCall: false)}{CodeNames.OfType(p.Type)} {CodeNames.Escape(p.Name)}")),
            string.Concat(method.Parameters.Select(p => $", {RefKindOf(p, inCall: true)}{CodeNames.Escape(p.Name)}")),
            _names.Like("__" + method.Name + "Of"));
    }

    private static string? ShapeFault(ISymbol member) => member switch
    {
        { IsStatic: true } => "it is static",
        IPropertySymbol { IsIndexer: true } => "it is an indexer",
        IPropertySymbol { ReturnsByRef: true } or IPropertySymbol { ReturnsByRefReadonly: true } => "it returns a reference",
        IPropertySymbol { SetMethod: not null } => "it has a setter",
        IPropertySymbol { GetMethod: null } => "it has no getter",
        IPropertySymbol { IsPartialDefinition: false } => "it is not partial, or has a body",
        IPropertySymbol { PartialImplementationPart: not null } => "it has a body",
        IMethodSymbol { MethodKind: not MethodKind.Ordinary } => "it is no method of its own",
        IMethodSymbol { IsGenericMethod: true } => "it is generic",
        IMethodSymbol { ReturnsByRef: true } or IMethodSymbol { ReturnsByRefReadonly: true } => "it returns a reference",
        IMethodSymbol { IsPartialDefinition: false } => "it is not partial, or has a body",
        IMethodSymbol { PartialImplementationPart: not null } => "it has a body",
        _ => null,
    };

    private static bool IsBodyMissing(ISymbol member) => !HasUnresolvedType(member) && member switch
    {
        IPropertySymbol property => property is { IsPartialDefinition: true, PartialImplementationPart: null, IsIndexer: false },
        IMethodSymbol method => method is { IsPartialDefinition: true, PartialImplementationPart: null, MethodKind: MethodKind.Ordinary, Name.Length: > 0 },
        _ => false,
    };

    private static bool HasUnresolvedType(ISymbol member) => member switch
    {
        IPropertySymbol property => KnownTypes.IsUnresolved(property.Type),
        IMethodSymbol method => KnownTypes.IsUnresolved(method.ReturnType) || method.Parameters.Any(p => KnownTypes.IsUnresolved(p.Type)),
        _ => false,
    };

    private UnfinishedMember UnfinishedOf(ISymbol member, string reason)
        => new(
            HeaderOf(member),
            member is IPropertySymbol { GetMethod: not null },
            member is IPropertySymbol { SetMethod: not null },
            member is IPropertySymbol { SetMethod.IsInitOnly: true } ? "init" : "set",
            _adapter.Name + "." + member.Name,
            reason);

    private string HeaderOf(ISymbol member)
    {
        var syntax = member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellation) as MemberDeclarationSyntax;
        if (member is IMethodSymbol method)
        {
            return CodeNames.OfMethodDeclaration(method, syntax?.Modifiers ?? default);
        }

        var property = (IPropertySymbol)member;
        var modifiers = (syntax?.Modifiers ?? default).Where(m => !m.IsKind(SyntaxKind.PartialKeyword)).Select(m => m.ValueText + " ");
        var reference = property.ReturnsByRefReadonly ? "ref readonly " : property.ReturnsByRef ? "ref " : "";
        return $"{string.Concat(modifiers)}partial {reference}{CodeNames.OfType(property.Type)} {CodeNames.Escape(property.Name)}";
    }

    private static string RefKindOf(IParameterSymbol parameter, bool inCall) => parameter.RefKind switch
    {
        RefKind.Ref => "ref ",
        RefKind.Out => "out ",
        RefKind.In => "in ",
        RefKind.RefReadOnlyParameter => inCall ? "in " : "ref readonly ",
        _ => "",
    };

    private void Unknown(ISymbol member, string target, ISymbol declaredIn, string fault)
        => _diagnostics.Report(WrapDiagnostics.UnknownMember, member, member.Name, target, CodeNames.InMessage(declaredIn), fault);
}
