namespace DiTFastAttn;

/// <summary>
/// Says that attention in a module whose source is not yours is computed by a class of yours while the model is attached: <c>Attach</c> puts the class, the
/// adapter, where the module stands, and disposing the <see cref="AttachedModel"/> puts the module back.
/// </summary>
/// <remarks>
/// <para>You write, for a module that the field <c>attn</c> of <c>Vendor.Block</c> holds:</para>
/// <code>
/// [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(FastAttention),
///     Owner = typeof(Vendor.Block), Field = "attn", FieldType = typeof(Module&lt;Tensor, Tensor&gt;))]
///
/// internal sealed partial class FastAttention : Module&lt;Tensor, Tensor&gt;
/// {
///     [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
///     public override partial Tensor forward(Tensor hidden);
///
///     private AttentionInput ProjectQkv(Tensor hidden) { … Original.qkv.forward(hidden) … }
///     private Tensor ProjectOut(Tensor attended) { … Original.proj.forward(joined) … }
/// }
/// </code>
/// <para>
/// We generate the property <c>Original</c>, what <see cref="OriginalMemberAttribute"/> marks, and the swap. Only the field is changed, never the
/// registry: the keys of the state dict, <c>.to</c>, <c>save</c>, <c>load</c>, <c>train</c> and <c>eval</c> go on working on the module that was there.
/// </para>
/// </remarks>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class WrapAttentionAttribute : Attribute
{
    /// <summary>Wraps every <paramref name="original"/> that <see cref="Field"/> holds, or, without one, that stands in a <c>ModuleList</c>.</summary>
    /// <param name="original">The class of the module whose attention is computed otherwise.</param>
    /// <param name="adapter">The class that computes it: a partial class of this project, with an <c>[AttentionSite]</c>.</param>
    public WrapAttentionAttribute(Type original, Type adapter)
    {
        Original = original;
        Adapter = adapter;
    }

    /// <summary>The class of the module whose attention is computed otherwise.</summary>
    public Type Original { get; }

    /// <summary>The class that computes it.</summary>
    public Type Adapter { get; }

    /// <summary>The class that declares <see cref="Field"/>.</summary>
    public Type? Owner { get; set; }

    /// <summary>
    /// Name of the field that holds the module, or a list or an array of such modules; private and readonly ones too. The compiler does not see
    /// private fields of other assemblies: whether there is one of that name and type shows at attach.
    /// </summary>
    public string? Field { get; set; }

    /// <summary>
    /// The type that <see cref="Field"/> is declared with, exactly. May be left out where the field is visible, or where it is declared with the class of the original.
    /// </summary>
    public Type? FieldType { get; set; }

    /// <summary>
    /// Whether modules of classes that derive from the original are wrapped too: where <c>original</c> is the nearest public ancestor of a class that is not public.
    /// Always the case for an abstract class.
    /// </summary>
    public bool IncludeDerived { get; set; }
}
