namespace DiTFastAttn;

/// <summary>
/// Registers an attention strategy of this project under an id that plans name. The source generator writes the
/// registration of all of them.
/// </summary>
/// <remarks>
/// <para>You write:</para>
/// <code>
/// [AttentionProcessor("mine")]
/// public sealed class MyStrategy(ILogger&lt;MyStrategy&gt; log) : IAttentionProcessor
/// {
///     public ProcessorTraits Traits { get; } = new(Reads: SiteState.None, Writes: SiteState.Output);
///     public Tensor Attend(in AttentionCall call) { … }
///     public AttentionCost Cost(in SiteShape shape) => new(shape.Projections, shape.FullAttention);
/// }
/// </code>
/// <para>
/// We generate the extension method <c>Add…Processors()</c> of <c>DiTFastAttnBuilder</c>, named after the project: in the
/// project <c>Contoso.Diffusion</c> it is <c>services.AddDiTFastAttn().AddContosoDiffusionProcessors()</c>. Each strategy
/// is one object, constructed with its services and shared by all runs.
/// </para>
/// </remarks>
/// <param name="id">The id that plans name: lower-case letters, digits and dashes.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class AttentionProcessorAttribute(string id) : Attribute
{
    /// <summary>The id that plans name.</summary>
    public string Id { get; } = id;
}
