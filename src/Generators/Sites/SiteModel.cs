using DiTFastAttn.Generators.Pipeline;

namespace DiTFastAttn.Generators.Sites;

/// <summary>One attention site.</summary>
/// <param name="MethodHeader">The partial method's declaration without the semicolon.</param>
/// <param name="MethodName">Its name as code refers to it.</param>
/// <param name="Parameters">Its parameters, the tokens first.</param>
/// <param name="IsJoint">Whether it has two streams of tokens, the first two parameters, and returns both.</param>
/// <param name="FieldName">The field for the site object.</param>
/// <param name="ClassName">The site object's class.</param>
/// <param name="ArgumentsName">The struct for the parameters behind the first.</param>
/// <param name="DeclaredName">The last part of the site's name, or <see langword="null"/>.</param>
/// <param name="Kind">The member of <c>SiteKind</c>, or <see langword="null"/> for the usual one.</param>
/// <param name="Project">Tokens to query, key and value; of a sub-layer, all that it computes.</param>
/// <param name="Output">Attended values to tokens; <see langword="null"/> of a sub-layer.</param>
/// <param name="OutputTakesParameters">Whether <paramref name="Output"/> takes the site's parameters behind the attended values.</param>
/// <param name="Heads">Number of heads, where declared.</param>
/// <param name="HeadWidth">Width of a head, where declared; of a sub-layer the width of its tokens.</param>
/// <param name="MultiplyAccumulates">What a token of a sub-layer costs.</param>
internal sealed record SiteModel(
    string MethodHeader,
    string MethodName,
    EquatableArray<SiteParameter> Parameters,
    bool IsJoint,
    string FieldName,
    string ClassName,
    string ArgumentsName,
    string? DeclaredName,
    string? Kind,
    MemberAccess Project,
    MemberAccess? Output,
    bool OutputTakesParameters,
    MemberAccess? Heads,
    MemberAccess? HeadWidth,
    MemberAccess? MultiplyAccumulates)
{
    /// <summary>Whether it is a sub-layer that is no attention.</summary>
    public bool IsSubLayer => Output is null;

    /// <summary>Whether the projections need more than the tokens.</summary>
    public bool HasArguments => Parameters.Count > 1;
}
