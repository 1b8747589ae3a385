using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Generators.Sites;

/// <summary>An <c>[AttentionSite(…)]</c> or <c>[SubLayerSite(…)]</c> as it stands in the source.</summary>
internal readonly struct SiteAttribute
{
    private readonly AttributeData _data;
    private readonly AttributeSyntax? _syntax;

    private SiteAttribute(AttributeData data, CancellationToken cancellation)
    {
        _data = data;
        _syntax = data.ApplicationSyntaxReference?.GetSyntax(cancellation) as AttributeSyntax;
    }

    /// <summary>Where the attribute stands.</summary>
    public SyntaxNode? Syntax => _syntax;

    /// <summary>The declared name, if there is one.</summary>
    public SiteArgument Name
        => new(
            _data.ConstructorArguments.Length == 1 ? _data.ConstructorArguments[0] : null,
            _syntax?.ArgumentList?.Arguments.FirstOrDefault(a => a.NameEquals is null) ?? (SyntaxNode?)_syntax);

    /// <summary>Whether the compiler understood the attribute; where not, it says so itself.</summary>
    public bool IsUnderstood
        => _data.AttributeConstructor is not null
            && _data.ConstructorArguments.All(a => a.Kind != TypedConstantKind.Error)
            && _data.NamedArguments.All(a => a.Value.Kind != TypedConstantKind.Error);

    /// <summary>Whether it declares a sub-layer that is no attention.</summary>
    public bool IsSubLayer => KnownTypes.Is(_data.AttributeClass, KnownTypes.SubLayerAttribute);

    /// <summary>Whether an attribute declares a site.</summary>
    public static bool IsOne(AttributeData attribute)
        => KnownTypes.Is(attribute.AttributeClass, KnownTypes.SiteAttribute) || KnownTypes.Is(attribute.AttributeClass, KnownTypes.SubLayerAttribute);

    /// <summary>Finds the attribute on a method.</summary>
    public static SiteAttribute? On(IMethodSymbol method, CancellationToken cancellation)
    {
        foreach (var attribute in method.GetAttributes())
        {
            if (IsOne(attribute))
            {
                return new SiteAttribute(attribute, cancellation);
            }
        }

        return null;
    }

    /// <summary>The member of <c>SiteKind</c> that is named, or <see langword="null"/>.</summary>
    public string? Kind
        => this["Kind"].Constant is { Type: INamedTypeSymbol type, Value: { } value }
            ? type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => f.HasConstantValue && Equals(f.ConstantValue, value))?.Name
            : null;

    /// <summary>A named argument.</summary>
    public SiteArgument this[string property]
    {
        get
        {
            var named = _data.NamedArguments.FirstOrDefault(a => a.Key == property);
            var syntax = _syntax?.ArgumentList?.Arguments.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == property);
            return new SiteArgument(named.Key is null ? null : named.Value, syntax ?? (SyntaxNode?)_syntax);
        }
    }
}
