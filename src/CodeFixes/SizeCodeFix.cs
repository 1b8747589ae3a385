using System;
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

namespace DiTFastAttn.CodeFixes;

/// <summary>Names the member that <c>Heads</c> or <c>HeadWidth</c> was probably meant to be, or leaves out what a site need not say.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SizeCodeFix))]
[Shared]
internal sealed class SizeCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [SiteDiagnostics.WrongSize.Id, SiteDiagnostics.KindOfAnotherSignature.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<AttributeArgumentSyntax>() is not { NameEquals.Name.Identifier.ValueText: { } property } argument
            || argument.FirstAncestorOrSelf<AttributeSyntax>() is not { } attribute)
        {
            yield break;
        }

        if (fault.Diagnostic.Id == SiteDiagnostics.WrongSize.Id && Nearest(fault, property) is { } nearest)
        {
            yield return new Fix($"Use '{nearest}'", () => fault.Root.ReplaceNode(attribute, attribute.With(property, $"nameof({Projection.Identifier(nearest)})")));
        }

        // A sub-layer has to say its sizes.
        if (SiteAttributes.IsSubLayer(attribute))
        {
            yield break;
        }

        yield return new Fix($"Leave '{property}' out", () => fault.Root.ReplaceNode(attribute, attribute.Without(argument)));
    }

    /// <summary>The number among the class's members whose name is most like the one that stands there, and not very unlike it.</summary>
    private static string? Nearest(Fault fault, string property)
    {
        if (fault.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration || fault.Model.GetDeclaredSymbol(declaration, fault.Cancellation) is not { } type)
        {
            return null;
        }

        var members = new MemberLookup(type, fault.Model.Compilation, fault.Cancellation);
        string[] wishes = [fault.Argument(2), property];
        return members.Names()
            .Where(name => members.Nearest(name) is { } member && members.ReadableType(member)?.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64)
            .Select(name => (Name: name, Distance: wishes.Min(wish => Edits.Distance(wish.TrimStart('_'), name.TrimStart('_')))))
            .Where(candidate => candidate.Distance <= 3)
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
    }
}
