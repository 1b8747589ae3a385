using System.Collections.Generic;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Wrapping;

/// <summary>Finds out where the modules of one <c>[WrapAttention]</c> are held.</summary>
internal sealed class PlaceParser
{
    private readonly Compilation _compilation;
    private readonly INamedTypeSymbol _adapter;
    private readonly INamedTypeSymbol _original;
    private readonly DiagnosticSink _diagnostics;
    private readonly FreeNames _names;

    public PlaceParser(Compilation compilation, INamedTypeSymbol adapter, INamedTypeSymbol original, DiagnosticSink diagnostics, FreeNames names)
    {
        _compilation = compilation;
        _adapter = adapter;
        _original = original;
        _diagnostics = diagnostics;
        _names = names;
    }

    /// <summary>The places, none where something is wrong.</summary>
    public IEnumerable<PlaceModel> Parse(WrapAttribute attribute)
    {
        var (owner, field, fieldType) = (IsGiven(attribute.Owner), IsGiven(attribute.Field), IsGiven(attribute.FieldType));
        if (!owner && !field && !fieldType)
        {
            return ElementsOfModuleLists();
        }

        if (!owner || !field)
        {
            var given = owner ? "an Owner and no Field" : field ? "a Field and no Owner" : "a FieldType and neither Owner nor Field";
            _diagnostics.Report(WrapDiagnostics.IncompletePlace, attribute.Syntax, Name(_original), given);
            return [];
        }

        return ParseField(attribute) is { } place ? [place] : [];
    }

    /// <summary>A <c>ModuleList</c> is declared with some class that adapter and original share.</summary>
    private IEnumerable<PlaceModel> ElementsOfModuleLists()
        => TypeRelations.WithBases(_adapter)
            .Where(type => TypeRelations.IsAnyModule(type) && type.Name != "HookableModule" && TypeRelations.IsOrDerivesFrom(_original, type))
            .Select(type => new PlaceModel(Owner: null, Field: null, FieldType: null, CodeNames.OfType(type), Accessor: null));

    private PlaceModel? ParseField(WrapAttribute attribute)
    {
        if (WrapAttribute.TypeOf(attribute.Owner) is not { } ownerType || KnownTypes.IsUnresolved(ownerType))
        {
            return null;
        }

        var name = attribute.Field.Text ?? "";
        if (ownerType is not INamedTypeSymbol { TypeKind: TypeKind.Class, IsUnboundGenericType: false } owner || !TypeRelations.IsAnyModule(owner))
        {
            return Fault(attribute.Owner, name, ownerType, "that is no class of modules that has fields; name the class that declares the field, with its type arguments where it is generic");
        }

        if (!WrapRoutes.IsVisible(owner, _compilation))
        {
            return Fault(
                attribute.Owner,
                name,
                owner,
                "the class is not public. Name the base class that declares the field where that one is; else wrap the public module around it, and write that module's forward in the adapter");
        }

        if (name.Trim().Length == 0)
        {
            return Fault(attribute.Field, name, owner, "that is no name");
        }

        var stated = WrapAttribute.TypeOf(attribute.FieldType);
        if (stated is not null && KnownTypes.IsUnresolved(stated))
        {
            return null;
        }

        if (VisibleMember.FieldFault(owner, name, stated, "Owner", $"name the field behind it, as a rule '<{name}>k__BackingField'") is { } fault)
        {
            return Fault(attribute.Field, name, owner, fault);
        }

        var type = stated ?? VisibleMember.Field(owner, name)?.Type ?? _original;
        return KnownTypes.IsUnresolved(type) ? null : ParseFieldType(attribute, owner, name, type);
    }

    private PlaceModel? ParseFieldType(WrapAttribute attribute, INamedTypeSymbol owner, string name, ITypeSymbol type)
    {
        var at = IsGiven(attribute.FieldType) ? attribute.FieldType : attribute.Field;
        if (type is not (INamedTypeSymbol { IsUnboundGenericType: false, IsReferenceType: true } or IArrayTypeSymbol))
        {
            return Fault(at, name, owner, $"a field of type '{CodeNames.InMessage(type)}' holds no module");
        }

        if (type is INamedTypeSymbol hidden && !WrapRoutes.IsVisible(hidden, _compilation))
        {
            return Fault(at, name, owner, $"'{Name(hidden)}' is not public, so nothing of yours can be in it. {WrapRoutes.Around(owner)}");
        }

        var holdsModule = CanHoldOriginal(type, attribute);
        var element = holdsModule ? null : TypeRelations.ElementOf(type);
        if (!holdsModule && (element is null || !CanHoldOriginal(element, attribute)))
        {
            var derived = _compilation.MayConvert(_original, type) ? ", unless IncludeDerived = true says that a derived class is meant" : "";
            return Fault(at, name, owner, $"no '{Name(_original)}' can be in a field of type '{CodeNames.InMessage(type)}'{derived}. {WrapRoutes.Around(owner)}");
        }

        var place = element ?? type;
        if (!_compilation.Converts(_adapter, place))
        {
            var where = $"the {(element is null ? "field" : "list")} '{name}' of '{Name(owner)}'";
            _diagnostics.Report(
                WrapDiagnostics.DoesNotFit, at.Syntax, _adapter.Name, where, WrapRoutes.Into(_compilation, _adapter, _original, place, owner));
            return null;
        }

        return new PlaceModel(
            CodeNames.OfType(owner),
            name,
            CodeNames.OfType(type),
            element is null ? null : CodeNames.OfType(element),
            _names.Like("__" + Identifier(name) + "In" + owner.Name));
    }

    private bool CanHoldOriginal(ITypeSymbol type, WrapAttribute attribute)
        => _compilation.Converts(_original, type)
            || ((attribute.IncludeDerived || _original.IsAbstract) && _compilation.MayConvert(_original, type));

    private PlaceModel? Fault(SiteArgument at, string field, ITypeSymbol owner, string fault)
    {
        _diagnostics.Report(WrapDiagnostics.WrongField, at.Syntax, Name(_original), field, CodeNames.InMessage(owner), fault);
        return null;
    }

    private static bool IsGiven(SiteArgument argument) => argument.Constant is { IsNull: false };

    /// <summary>What of a field's name can be part of another name: fields behind properties have angle brackets.</summary>
    private static string Identifier(string name) => string.Concat(name.Where(c => char.IsLetterOrDigit(c) || c == '_'));

    private static string Name(ISymbol symbol) => CodeNames.InMessage(symbol);
}
