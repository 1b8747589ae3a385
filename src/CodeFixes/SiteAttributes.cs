using System;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.CodeFixes;

/// <summary>Attributes by the name they are written with.</summary>
internal static class SiteAttributes
{
    public static bool IsSite(AttributeSyntax attribute) => IsNamed(attribute, "AttentionSite") || IsSubLayer(attribute);

    public static bool IsSubLayer(AttributeSyntax attribute) => IsNamed(attribute, "SubLayerSite");

    public static bool IsProcessor(AttributeSyntax attribute) => IsNamed(attribute, "AttentionProcessor");

    private static bool IsNamed(AttributeSyntax attribute, string name)
    {
        var written = attribute.Name switch
        {
            QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
            AliasQualifiedNameSyntax qualified => qualified.Name.Identifier.ValueText,
            SimpleNameSyntax simple => simple.Identifier.ValueText,
            _ => "",
        };
        return written == name || (written.EndsWith("Attribute", StringComparison.Ordinal) && written == name + "Attribute");
    }
}
