namespace Demo;

public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
{
    private const int Width = 8;

    [SubLayerSite(Compute = nameof(Transform), Width = nameof(Width), MultiplyAccumulates = nameof(Width))]
    private partial Tensor FeedForward(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

    public override Tensor forward(Tensor input) => input.alias();

    private Tensor Transform(Tensor hidden) => throw new NotImplementedException("[B, L, d] to [B, L, d]");
}
