using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Globalization;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Sites;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>Gives a site a name that is well-formed and its own in its class.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SiteNameCodeFix))]
[Shared]
internal sealed class SiteNameCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [SiteDiagnostics.DuplicateName.Id, SiteDiagnostics.MalformedName.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<AttributeSyntax>() is not { } attribute
            || attribute.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method
            || fault.Model.GetDeclaredSymbol(method, fault.Cancellation) is not { ContainingType: { } type } site)
        {
            yield break;
        }

        var argument = attribute.ArgumentList?.Arguments.FirstOrDefault(a => a.NameEquals is null);
        var written = argument is null ? "" : fault.Model.GetConstantValue(argument.Expression, fault.Cancellation).Value as string ?? "";
        var malformed = fault.Diagnostic.Id == SiteDiagnostics.MalformedName.Id;
        var name = Free(malformed ? Mended(written, site.Name) : OfMethod(site.Name), Taken(type, site, fault));
        var literal = CodeNames.Literal(name);
        yield return new Fix($"Name the site {literal}", () => fault.Root.ReplaceNode(
            attribute,
            argument is null ? attribute.With(null, literal)
                : attribute.ReplaceNode(argument.Expression, SyntaxFactory.ParseExpression(literal).WithTriviaFrom(argument.Expression))));
    }

    /// <summary>The last part of a path, what is no part of a name replaced.</summary>
    private static string Mended(string name, string method)
    {
        var last = name.Split('.').LastOrDefault(part => part.Trim().Length > 0)?.Trim() ?? "";
        var letters = string.Concat(last.Select(letter => char.IsWhiteSpace(letter) ? '_' : letter).Where(letter => !char.IsControl(letter) && !char.IsSurrogate(letter)));
        return letters.Length == 0 ? OfMethod(method) : letters;
    }

    private static string OfMethod(string method) => char.ToLowerInvariant(method[0]) + method.Substring(1);

    private static HashSet<string> Taken(INamedTypeSymbol type, IMethodSymbol site, Fault fault)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        for (INamedTypeSymbol? ancestor = type; ancestor is not null; ancestor = ancestor.BaseType)
        {
            foreach (var method in ancestor.GetMembers().OfType<IMethodSymbol>().Where(m => !SymbolEqualityComparer.Default.Equals(m, site)))
            {
                if (SiteAttribute.On(method, fault.Cancellation)?.Name.Text is { } name)
                {
                    taken.Add(name);
                }
            }
        }

        return taken;
    }

    private static string Free(string wish, HashSet<string> taken)
    {
        var name = wish;
        for (var number = 2; taken.Contains(name); number++)
        {
            name = wish + number.ToString(CultureInfo.InvariantCulture);
        }

        return name;
    }
}
