using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace DiTFastAttn.CodeFixes;

/// <summary>Changes of syntax that several fixes make.</summary>
internal static class Edits
{
    private static readonly SyntaxKind[] Accessibilities =
        [SyntaxKind.PrivateKeyword, SyntaxKind.ProtectedKeyword, SyntaxKind.InternalKeyword, SyntaxKind.PublicKeyword];

    /// <summary>The declaration without a modifier; what stood before it stays.</summary>
    public static MemberDeclarationSyntax Without(this MemberDeclarationSyntax declaration, params SyntaxKind[] kinds)
    {
        var result = declaration;
        foreach (var kind in kinds)
        {
            var index = result.Modifiers.IndexOf(kind);
            if (index < 0)
            {
                continue;
            }

            var trivia = result.Modifiers[index].LeadingTrivia;
            result = result.WithModifiers(result.Modifiers.RemoveAt(index));
            if (index == 0)
            {
                var first = FirstBehindAttributes(result);
                result = result.ReplaceToken(first, first.WithLeadingTrivia(trivia));
            }
        }

        return result;
    }

    /// <summary>The declaration with another accessibility.</summary>
    public static MemberDeclarationSyntax Visible(this MemberDeclarationSyntax declaration, SyntaxKind accessibility)
    {
        var bare = declaration.Without([.. Accessibilities, SyntaxKind.FileKeyword]);
        var first = FirstBehindAttributes(bare);
        var keyword = SyntaxFactory.Token(accessibility).WithLeadingTrivia(first.LeadingTrivia).WithTrailingTrivia(SyntaxFactory.Space);
        bare = bare.ReplaceToken(first, first.WithLeadingTrivia());
        return bare.WithModifiers(bare.Modifiers.Insert(0, keyword));
    }

    /// <summary>The declaration with <c>private</c>, unless it says how visible it is.</summary>
    public static MemberDeclarationSyntax VisibleAtAll(this MemberDeclarationSyntax declaration)
        => Accessibilities.Any(kind => declaration.Modifiers.Any(kind)) ? declaration : declaration.Visible(SyntaxKind.PrivateKeyword);

    /// <summary>The declaration with <c>partial</c>, the last of its modifiers.</summary>
    public static MemberDeclarationSyntax Partial(this MemberDeclarationSyntax declaration)
    {
        if (declaration.Modifiers.Any(SyntaxKind.PartialKeyword))
        {
            return declaration;
        }

        var keyword = SyntaxFactory.Token(SyntaxKind.PartialKeyword).WithTrailingTrivia(SyntaxFactory.Space);
        if (declaration.Modifiers.Count > 0)
        {
            return declaration.AddModifiers(keyword);
        }

        var first = FirstBehindAttributes(declaration);
        return declaration
            .ReplaceToken(first, first.WithLeadingTrivia())
            .WithModifiers(SyntaxFactory.TokenList(keyword.WithLeadingTrivia(first.LeadingTrivia)));
    }

    /// <summary>The attribute with an argument replaced or, where there is none of that name, added.</summary>
    /// <param name="attribute">The attribute.</param>
    /// <param name="property">The argument's name, or <see langword="null"/> for the constructor's.</param>
    /// <param name="value">Its value.</param>
    public static AttributeSyntax With(this AttributeSyntax attribute, string? property, string value)
    {
        var expression = SyntaxFactory.ParseExpression(value);
        var arguments = attribute.ArgumentList ?? SyntaxFactory.AttributeArgumentList();
        if (arguments.Arguments.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == property) is { } old)
        {
            return attribute.WithArgumentList(arguments.ReplaceNode(old, old.WithExpression(expression.WithTriviaFrom(old.Expression))));
        }

        var argument = SyntaxFactory.AttributeArgument(expression);
        var list = property is null
            ? arguments.Arguments.Insert(0, argument)
            : arguments.Arguments.Add(argument.WithNameEquals(SyntaxFactory.NameEquals(property)));
        return attribute.WithArgumentList(arguments.WithArguments(list)).WithAdditionalAnnotations(Formatter.Annotation);
    }

    /// <summary>The attribute without an argument.</summary>
    public static AttributeSyntax Without(this AttributeSyntax attribute, AttributeArgumentSyntax argument)
        => attribute.WithArgumentList(attribute.ArgumentList!.WithArguments(attribute.ArgumentList.Arguments.Remove(argument)));

    /// <summary>The declaration without an attribute, and without its brackets where it stood there alone.</summary>
    public static MemberDeclarationSyntax Without(this MemberDeclarationSyntax declaration, AttributeSyntax attribute)
    {
        var list = (AttributeListSyntax)attribute.Parent!;
        return list.Attributes.Count > 1
            ? declaration.RemoveNode(attribute, SyntaxRemoveOptions.KeepNoTrivia)!
            : declaration.RemoveNode(list, SyntaxRemoveOptions.KeepLeadingTrivia | SyntaxRemoveOptions.KeepDirectives)!.WithLeadingTrivia(declaration.GetLeadingTrivia());
    }

    /// <summary>The type with one more member at its end, formatted as its file is, names as short as they can be there.</summary>
    /// <param name="type">The type.</param>
    /// <param name="member">The member's text.</param>
    public static TypeDeclarationSyntax WithMember(this TypeDeclarationSyntax type, string member)
    {
        var added = SyntaxFactory.ParseMemberDeclaration(member)!
            .WithLeadingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed)
            .WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed)
            .WithAdditionalAnnotations(Formatter.Annotation, Simplifier.Annotation);
        return type.OpenBraceToken.IsKind(SyntaxKind.None) || type.OpenBraceToken.IsMissing
            ? WithBraces(type).AddMembers(added)
            : type.AddMembers(added);
    }

    /// <summary>The number of letters to insert, remove or exchange to make one name of the other.</summary>
    public static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var above = row[j];
                var change = diagonal + (char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1);
                row[j] = Math.Min(change, Math.Min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }

        return row[other.Length];
    }

    private static SyntaxToken FirstBehindAttributes(MemberDeclarationSyntax declaration)
        => declaration.AttributeLists.Count > 0 ? declaration.AttributeLists.Last().GetLastToken().GetNextToken() : declaration.GetFirstToken();

    private static TypeDeclarationSyntax WithBraces(TypeDeclarationSyntax type)
        => type
            .WithSemicolonToken(default)
            .WithOpenBraceToken(SyntaxFactory.Token(SyntaxKind.OpenBraceToken))
            .WithCloseBraceToken(SyntaxFactory.Token(SyntaxKind.CloseBraceToken).WithTrailingTrivia(type.GetTrailingTrivia()))
            .WithAdditionalAnnotations(Formatter.Annotation);
}
