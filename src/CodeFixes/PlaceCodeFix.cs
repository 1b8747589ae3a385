using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace DiTFastAttn.CodeFixes;

/// <summary>Mends where a <c>[WrapAttention]</c> says that modules are held.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(PlaceCodeFix))]
[Shared]
internal sealed class PlaceCodeFix : SyntaxCodeFix
{
    private const int MostChanges = 3;

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [WrapDiagnostics.IncompletePlace.Id, WrapDiagnostics.WrongField.Id, WrapDiagnostics.Conflict.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<AttributeSyntax>() is not { ArgumentList.Arguments: var arguments } attribute)
        {
            return [];
        }

        if (fault.Diagnostic.Id == WrapDiagnostics.IncompletePlace.Id)
        {
            var place = arguments.Where(argument => argument.NameEquals?.Name.Identifier.ValueText is "Owner" or "Field" or "FieldType").ToList();
            return [new Fix("Wrap the elements of ModuleLists", () => fault.Root.ReplaceNode(attribute, place.Aggregate(attribute, (changed, argument) => changed.Without(Same(changed, argument)))))];
        }

        if (fault.Diagnostic.Id == WrapDiagnostics.Conflict.Id)
        {
            // At an argument it is about two classes, one of which has to get an adapter of its own.
            return fault.Node == attribute && attribute.Parent is AttributeListSyntax list
                ? [new Fix("Remove this [WrapAttention]", () => fault.Root.RemoveNode(list.Attributes.Count > 1 ? attribute : list, SyntaxRemoveOptions.KeepDirectives)!)]
                : [];
        }

        return FieldFixes(fault, attribute);
    }

    private static AttributeArgumentSyntax Same(AttributeSyntax attribute, AttributeArgumentSyntax argument)
        => attribute.ArgumentList!.Arguments.First(other => other.IsEquivalentTo(argument));

    private static IEnumerable<Fix> FieldFixes(Fault fault, AttributeSyntax attribute)
    {
        var ownerType = attribute.ArgumentList!.Arguments.FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.ValueText == "Owner")?.Expression as TypeOfExpressionSyntax;
        if (ownerType is null || fault.Model.GetTypeInfo(ownerType.Type, fault.Cancellation).Type is not INamedTypeSymbol owner)
        {
            yield break;
        }

        var name = fault.Argument(1);
        if (owner.GetMembers(name).FirstOrDefault() is IFieldSymbol { IsStatic: false } field)
        {
            yield return new Fix($"Say the field's type, '{CodeNames.InMessage(field.Type)}'", () => With(fault, attribute, "FieldType", TypeOf(field.Type)));
        }
        else if (owner.GetMembers(name).FirstOrDefault() is IPropertySymbol)
        {
            yield return new Fix($"Name the field behind '{name}'", () => With(fault, attribute, "Field", CodeNames.Literal($"<{name}>k__BackingField")));
        }
        else if (Bases(owner).FirstOrDefault(ancestor => ancestor.GetMembers(name).Any(member => member is IFieldSymbol)) is { } declaring)
        {
            yield return new Fix($"Name '{CodeNames.InMessage(declaring)}', which declares it", () => With(fault, attribute, "Owner", TypeOf(declaring)));
        }
        else if (owner.GetMembers().OfType<IFieldSymbol>().Where(other => other is { IsStatic: false, IsImplicitlyDeclared: false })
            .Select(other => (other.Name, Distance: Edits.Distance(name, other.Name)))
            .Where(other => other.Distance <= MostChanges && other.Distance < other.Name.Length)
            .OrderBy(other => other.Distance).ThenBy(other => other.Name, System.StringComparer.Ordinal)
            .FirstOrDefault() is { Name: { } nearest })
        {
            yield return new Fix($"Use '{nearest}'", () => With(fault, attribute, "Field", CodeNames.Literal(nearest)));
        }
    }

    private static SyntaxNode With(Fault fault, AttributeSyntax attribute, string property, string value)
        => fault.Root.ReplaceNode(attribute, attribute.With(property, value).WithAdditionalAnnotations(Simplifier.Annotation));

    private static string TypeOf(ITypeSymbol type) => $"typeof({CodeNames.OfType(type.WithNullableAnnotation(NullableAnnotation.NotAnnotated))})";

    private static IEnumerable<INamedTypeSymbol> Bases(INamedTypeSymbol type)
    {
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            yield return ancestor;
        }
    }
}
