using System;
using System.Threading;
using DiTFastAttn.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Processors;

/// <summary>A name in the project's code that may be that of a registration. By its spelling alone: nothing is asked of the compiler.</summary>
/// <param name="Name">For example <c>AddDiTFastAttn</c>.</param>
/// <param name="Location">Where <c>AddDiTFastAttn</c> is called; elsewhere <see langword="null"/>, which spares work when lines move.</param>
internal sealed record RegistrationCall(string Name, LocationRecord? Location)
{
    private const string Start = "AddDiTFastAttn";

    public static bool MayBe(SyntaxNode node, CancellationToken cancellation)
        => node is IdentifierNameSyntax { Identifier.ValueText: var name } identifier && (IsRegistration(name) || (name == Start && IsCalled(identifier)));

    public static RegistrationCall Of(GeneratorSyntaxContext context, CancellationToken cancellation)
    {
        var name = ((IdentifierNameSyntax)context.Node).Identifier.ValueText;
        return new RegistrationCall(name, name == Start ? LocationRecord.Of(context.Node) : null);
    }

    private static bool IsRegistration(string name)
        => name.StartsWith("Add", StringComparison.Ordinal) && name.EndsWith("Processors", StringComparison.Ordinal);

    private static bool IsCalled(IdentifierNameSyntax name)
        => (name.Parent is MemberAccessExpressionSyntax member && member.Name == name ? member : (SyntaxNode)name).Parent is InvocationExpressionSyntax;
}
