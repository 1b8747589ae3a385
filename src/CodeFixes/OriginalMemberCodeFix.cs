using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using DiTFastAttn.Generators.Diagnostics;
using DiTFastAttn.Generators.Sites;
using DiTFastAttn.Generators.Wrapping;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace DiTFastAttn.CodeFixes;

/// <summary>Declares a member of the original as the original does.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(OriginalMemberCodeFix))]
[Shared]
internal sealed class OriginalMemberCodeFix : SyntaxCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [WrapDiagnostics.UnknownMember.Id];

    /// <inheritdoc/>
    protected override IEnumerable<Fix> Fixes(Fault fault)
    {
        if (fault.Node.FirstAncestorOrSelf<PropertyDeclarationSyntax>() is not { } property
            || fault.Model.GetDeclaredSymbol(property, fault.Cancellation) is not { } symbol
            || MemberParser.MarkedOf(symbol.ContainingType).FirstOrDefault(marked => SymbolEqualityComparer.Default.Equals(marked.Member, symbol)).Attribute is not { } marked
            || marked.ApplicationSyntaxReference?.GetSyntax(fault.Cancellation) is not AttributeSyntax attribute
            || DeclaringClass(symbol.ContainingType, marked, fault) is not { } declaredIn)
        {
            yield break;
        }

        var name = fault.Argument(1);
        if (VisibleMember.Field(declaredIn, name) is { IsStatic: false } field)
        {
            var type = SyntaxFactory.ParseTypeName(CodeNames.OfType(field.Type)).WithTriviaFrom(property.Type).WithAdditionalAnnotations(Simplifier.Annotation);
            yield return new Fix($"Declare it with the type '{CodeNames.InMessage(field.Type)}'", () => fault.Root.ReplaceNode(property, property.WithType(type)));
        }
        else if (declaredIn.GetMembers(name).FirstOrDefault() is IPropertySymbol { IsStatic: false, GetMethod.DeclaredAccessibility: Accessibility.Public } read)
        {
            yield return new Fix($"Read it from Original.{name}", () => fault.Root.ReplaceNode(property, Reading(property, attribute, read)));
        }
        else if (TypeRelations.WithBases(declaredIn).Skip(1).FirstOrDefault(ancestor => VisibleMember.Field(ancestor, name) is not null) is { } ancestor)
        {
            yield return new Fix(
                $"Name '{CodeNames.InMessage(ancestor)}', which declares it",
                () => fault.Root.ReplaceNode(attribute, attribute.With("DeclaredIn", $"typeof({CodeNames.OfType(ancestor)})").WithAdditionalAnnotations(Simplifier.Annotation)));
        }
    }

    private static INamedTypeSymbol? DeclaringClass(INamedTypeSymbol adapter, AttributeData marked, Fault fault)
        => marked.NamedArguments.FirstOrDefault(argument => argument.Key == "DeclaredIn").Value.Value as INamedTypeSymbol ?? WrapAttribute.OriginalOf(adapter, fault.Model.Compilation.Assembly, fault.Cancellation);

    private static MemberDeclarationSyntax Reading(PropertyDeclarationSyntax property, AttributeSyntax attribute, IPropertySymbol read)
    {
        var bare = (PropertyDeclarationSyntax)property.Without(attribute).Without(SyntaxKind.PartialKeyword);
        var type = SyntaxFactory.ParseTypeName(CodeNames.OfType(read.Type)).WithTriviaFrom(property.Type).WithAdditionalAnnotations(Simplifier.Annotation);
        return bare
            .WithType(type)
            .WithIdentifier(bare.Identifier.WithTrailingTrivia(SyntaxFactory.Space))
            .WithAccessorList(null)
            .WithExpressionBody(SyntaxFactory.ArrowExpressionClause(SyntaxFactory.ParseExpression($"Original.{CodeNames.Escape(read.Name)}"))
                .WithArrowToken(SyntaxFactory.Token(SyntaxKind.EqualsGreaterThanToken).WithTrailingTrivia(SyntaxFactory.Space)))
            .WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken).WithTrailingTrivia(property.GetTrailingTrivia()));
    }
}
