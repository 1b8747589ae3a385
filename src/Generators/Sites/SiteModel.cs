namespace DiTFastAttn.Generators.Sites;

/// <summary>One attention site.</summary>
/// <param name="MethodHeader">The partial method's declaration without the semicolon.</param>
/// <param name="MethodName">Its name as code refers to it.</param>
/// <param name="Parameter">Its parameter's name as code refers to it.</param>
/// <param name="FieldName">The field for the site object.</param>
/// <param name="ClassName">The site object's class.</param>
/// <param name="DeclaredName">The last part of the site's name, or <see langword="null"/>.</param>
/// <param name="Project">Tokens to query, key and value.</param>
/// <param name="Output">Attended values to tokens.</param>
/// <param name="Heads">Number of heads, where declared.</param>
/// <param name="HeadWidth">Width of a head, where declared.</param>
internal sealed record SiteModel(
    string MethodHeader,
    string MethodName,
    string Parameter,
    string FieldName,
    string ClassName,
    string? DeclaredName,
    MemberAccess Project,
    MemberAccess Output,
    MemberAccess? Heads,
    MemberAccess? HeadWidth);
