using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>
/// Gives a site its projections: the method that the name was probably meant to be, or a new one with the signature that is
/// needed. Also where the compiler says that <c>Project</c>, <c>Output</c> or <c>Compute</c> is missing (CS9035).
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ProjectionCodeFix))]
[Shared]
internal sealed class ProjectionCodeFix : SyntaxCodeFix
{
    private const string RequiredMemberMissing = "CS9035";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
    [
        SiteDiagnostics.UnknownProjection.Id, SiteDiagnostics.WrongProjection.Id, RequiredMemberMissing,
    ];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<AttributeSyntax>() is not { } attribute
            || !SiteAttributes.IsSite(attribute)
            || attribute.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method
            || method.Parent is not TypeDeclarationSyntax type
            || fault.Model.GetDeclaredSymbol(method, fault.Cancellation) is not { } site)
        {
            yield break;
        }

        var argument = fault.Node.FirstAncestorOrSelf<AttributeArgumentSyntax>();
        var properties = argument?.NameEquals?.Name.Identifier.ValueText is { } property ? [property] : Missing(attribute);
        if (properties.Length == 0 || !Array.TrueForAll(properties, Projection.IsOne))
        {
            yield break;
        }

        var projections = properties.Select(p => Projection.Of(p, method, site)).ToArray();
        var nearest = Array.ConvertAll(projections, projection => Nearest(projection, argument, fault));
        if (nearest.All(name => name is not null))
        {
            yield return new Fix($"Use {InWords(nearest!)}", () => fault.Root.ReplaceNode(attribute, With(attribute, properties, nearest!)));
        }

        // What the attribute names wrongly is added beside what there is; what it does not name only where there is nothing.
        var added = projections.Where((_, i) => argument is not null || nearest[i] is null).ToArray();
        if (added.Length > 0)
        {
            var names = projections.Select((projection, i) => added.Contains(projection) ? NewName(projection, argument, site.ContainingType) : nearest[i]!).ToArray();
            yield return new Fix($"Add {InWords([.. names.Where((_, i) => added.Contains(projections[i]))])}", () =>
            {
                var changed = type.ReplaceNode(attribute, With(attribute, properties, names));
                for (var i = 0; i < names.Length; i++)
                {
                    changed = added.Contains(projections[i]) ? changed.WithMember(projections[i].Declaration(names[i])) : changed;
                }

                return fault.Root.ReplaceNode(type, changed);
            });
        }
    }

    private static string InWords(string[] names) => string.Join(" and ", names.Select(name => $"'{name}'"));

    private static string[] Missing(AttributeSyntax attribute)
        => [.. (SiteAttributes.IsSubLayer(attribute) ? [Projection.Compute] : new[] { Projection.Project, Projection.Output }).Where(p => attribute.ArgumentList?.Arguments.Any(a => a.NameEquals?.Name.Identifier.ValueText == p) != true)];

    private static AttributeSyntax With(AttributeSyntax attribute, string[] properties, string[] names)
    {
        for (var i = 0; i < properties.Length; i++)
        {
            attribute = attribute.With(properties[i], $"nameof({Projection.Identifier(names[i])})");
        }

        return attribute;
    }

    /// <summary>The method with the right signature whose name is most like the one that stands there.</summary>
    private static string? Nearest(Projection projection, AttributeArgumentSyntax? argument, Fault fault)
    {
        var written = Written(argument) ?? projection.UsualName;
        return projection.Candidates(fault.Model.Compilation)
            .OrderBy(name => Edits.Distance(written, name))
            .ThenBy(name => name, StringComparer.Ordinal)
            .FirstOrDefault();
    }

    private static string NewName(Projection projection, AttributeArgumentSyntax? argument, INamedTypeSymbol type)
    {
        var wish = Written(argument) is { } written && SyntaxFacts.IsValidIdentifier(written) ? written : projection.UsualName;
        var name = wish;
        for (var number = 2; type.GetMembers(name).Any(m => m is not IMethodSymbol || projection.Clashes((IMethodSymbol)m)); number++)
        {
            name = wish + number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return name;
    }

    /// <summary>The name in <c>nameof(Name)</c> or <c>"Name"</c>.</summary>
    private static string? Written(AttributeArgumentSyntax? argument) => argument?.Expression switch
    {
        LiteralExpressionSyntax literal => literal.Token.ValueText,
        InvocationExpressionSyntax { ArgumentList.Arguments: { Count: 1 } arguments } => arguments[0].Expression switch
        {
            IdentifierNameSyntax name => name.Identifier.ValueText,
            MemberAccessExpressionSyntax member => member.Name.Identifier.ValueText,
            _ => null,
        },
        _ => null,
    };
}
