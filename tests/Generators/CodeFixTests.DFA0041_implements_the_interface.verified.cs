namespace Demo;

[AttentionProcessor("mine")]
public sealed class Mine(IServiceProvider services) : IAttentionProcessor
{
    public IServiceProvider Services => services;

    public ProcessorTraits Traits { get; } = new(Reads: SiteState.None, Writes: SiteState.Output);

    public Tensor Attend(in AttentionCall call)
    {
        using var input = call.Project();
        using var attended = call.Kernel.Full(input);
        return call.Output(attended);
    }

    public AttentionCost Cost(in SiteShape shape) => new(shape.Projections, shape.FullAttention);
}
