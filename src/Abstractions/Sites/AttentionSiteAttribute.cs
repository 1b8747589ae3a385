namespace DiTFastAttn;

/// <summary>
/// Declares that a partial method of a TorchSharp module is an attention site: one place where attention is computed and
/// where a plan may choose another strategy. The source generator writes the method's body.
/// </summary>
/// <remarks>
/// <para>You write:</para>
/// <code>
/// public sealed partial class Attention : Module&lt;Tensor, Tensor&gt;
/// {
///     [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
///     private partial Tensor Attend(Tensor hidden);
///
///     private AttentionInput ProjectQkv(Tensor hidden) { … } // [B, L, d] -> three of [B, H, L, D]
///     private Tensor ProjectOut(Tensor attended) { … }       // [B, H, L, D] -> [B, L, d]
/// }
/// </code>
/// <para>
/// We generate the body of <c>Attend</c>: plain <c>scaled_dot_product_attention</c> between the two projections while no
/// one attached the model, else the processor that the plan names for the current step.
/// </para>
/// </remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AttentionSiteAttribute : Attribute
{
    /// <summary>Declares a site that is named by its module's path alone (<c>blocks.0.attn</c>).</summary>
    public AttentionSiteAttribute()
    {
    }

    /// <summary>Declares a site named <paramref name="name"/> below its module's path (<c>blocks.0</c> + <c>attn</c>).</summary>
    /// <param name="name">The last part of the site's name; unique in its class.</param>
    public AttentionSiteAttribute(string name) => Name = name;

    /// <summary>The last part of the site's name, or <see langword="null"/> where the module's path is the name.</summary>
    public string? Name { get; }

    /// <summary>
    /// Name of the method that projects tokens to query, key and value:
    /// <c>AttentionInput Project(Tensor hidden)</c>, <c>[B, L, d]</c> to three of <c>[B, H, L, D]</c>, with the site's further parameters where it
    /// has any. Normalisation and rotary embedding of query and key stand there too.
    /// </summary>
    public required string Project { get; set; }

    /// <summary>
    /// Name of the method that projects the attended values back: <c>Tensor Output(Tensor attended)</c>,
    /// <c>[B, H, L, D]</c> to <c>[B, L, d]</c>; it may take the site's parameters behind that. Gate and skip connection stay outside: they belong to
    /// the current step.
    /// </summary>
    public required string Output { get; set; }

    /// <summary>What the queries and keys are. Two streams of tokens are <see cref="SiteKind.JointAttention"/> where nothing is said, one is <see cref="SiteKind.SelfAttention"/>.</summary>
    public SiteKind Kind { get; set; }

    /// <summary>Name of a field or property with the number of heads H. It lets a plan be checked at attach, before the first step.</summary>
    public string? Heads { get; set; }

    /// <summary>Name of a field or property with the width D of a head. See <see cref="Heads"/>.</summary>
    public string? HeadWidth { get; set; }
}
