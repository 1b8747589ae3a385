using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Sites;

/// <summary>One argument of an attribute.</summary>
/// <param name="Constant">Its value as the compiler understood it, or <see langword="null"/> where it is not given.</param>
/// <param name="Syntax">Where it stands, or where the attribute does.</param>
internal readonly record struct SiteArgument(TypedConstant? Constant, SyntaxNode? Syntax)
{
    public bool IsGiven => Constant is not null;

    public string? Text => Constant?.Value as string;
}
