namespace DiTFastAttn;

/// <summary>
/// Declares that a partial method of a TorchSharp module is a sub-layer other than attention, as a rule the feed-forward, whose output a plan may
/// reuse. The source generator writes the method's body. Such sites stay out of plans unless a model is attached with them.
/// </summary>
/// <remarks>
/// <para>You write:</para>
/// <code>
/// public sealed partial class Mlp : Module&lt;Tensor, Tensor&gt;
/// {
///     [SubLayerSite(Compute = nameof(Transform), Width = nameof(Width), MultiplyAccumulates = nameof(Work))]
///     public override partial Tensor forward(Tensor hidden);
///
///     private Tensor Transform(Tensor hidden) { … } // [B, L, d] -> [B, L, d]
/// }
/// </code>
/// <para>Gate and skip connection stay outside: they belong to the current step.</para>
/// </remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SubLayerSiteAttribute : Attribute
{
    /// <summary>Declares a site that is named by its module's path alone (<c>blocks.0.mlp</c>).</summary>
    public SubLayerSiteAttribute()
    {
    }

    /// <summary>Declares a site named <paramref name="name"/> below its module's path (<c>blocks.0</c> + <c>mlp</c>).</summary>
    /// <param name="name">The last part of the site's name; unique in its class.</param>
    public SubLayerSiteAttribute(string name) => Name = name;

    /// <summary>The last part of the site's name, or <see langword="null"/> where the module's path is the name.</summary>
    public string? Name { get; }

    /// <summary>Name of the method that computes the sub-layer: <c>Tensor Compute(Tensor hidden)</c>, <c>[B, L, d]</c> to <c>[B, L, d]</c>.</summary>
    public required string Compute { get; set; }

    /// <summary>Name of a field or property with the width d of the tokens: what is kept of a sub-layer is as large as they are.</summary>
    public required string Width { get; set; }

    /// <summary>
    /// Name of a field or property with the multiply-accumulates a token, 2·d·m for a feed-forward of inner width m: a plan's cost counts them.
    /// </summary>
    public required string MultiplyAccumulates { get; set; }
}
