namespace Demo;

[AttentionProcessor("mine")] public sealed class Mine : IAttentionProcessor
{
    /// <summary>Steps.</summary>
    internal readonly int Period = 3;

    public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Output);

    public Tensor Attend(in AttentionCall call)
    {
        using var input = call.Project();
        using var attended = call.Kernel.Full(input);
        return call.Output(attended);
    }

    public AttentionCost Cost(in SiteShape shape) => new(shape.Projections, shape.FullAttention);
}
