namespace DiTFastAttn;

/// <summary>
/// Marks a partial property or method of an adapter (see <see cref="WrapAttentionAttribute"/>) that stands for a member of the wrapped module which C# cannot reach.
/// The source generator writes its body.
/// </summary>
/// <remarks>
/// <para>You write:</para>
/// <code>
/// [OriginalMember] private partial Linear qkv { get; }                         // the private field qkv
/// [OriginalMember("_numHeads")] private partial long Heads { get; }            // the private field _numHeads
/// [OriginalMember] private partial Tensor Modulate(Tensor x, Tensor shift);    // the private method Modulate
/// [OriginalMember(Submodule = "attn.qkv")] private partial Linear Qkv { get; } // a registered module, whatever fields and classes lead to it
/// </code>
/// <para>
/// A field's type, and a method's signature, has to be the very one that it is declared with. What is public is read from <c>Original</c> itself. A private property is its method: <c>[OriginalMember("get_Heads")]</c>.
/// </para>
/// </remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Method)]
public sealed class OriginalMemberAttribute : Attribute
{
    /// <summary>Stands for the member of the same name.</summary>
    public OriginalMemberAttribute()
    {
    }

    /// <summary>Stands for the member named <paramref name="name"/>.</summary>
    /// <param name="name">A field, or for a method a method.</param>
    public OriginalMemberAttribute(string name) => Name = name;

    /// <summary>The member's name, or <see langword="null"/> where it is the property's or method's own.</summary>
    public string? Name { get; }

    /// <summary>
    /// The path of a registered module below the wrapped one, as the keys of the state dict have it: <c>attn.qkv</c>. The way to modules that classes hold which are
    /// not public.
    /// </summary>
    public string? Submodule { get; set; }

    /// <summary>The class that declares the member, where it is not the wrapped class itself but a base class of it.</summary>
    public Type? DeclaredIn { get; set; }
}
