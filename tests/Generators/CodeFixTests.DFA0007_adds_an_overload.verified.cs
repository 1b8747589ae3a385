namespace Demo;

public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
{
    [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(Gated))]
    private partial Tensor Attend(Tensor hidden);

    private Tensor Gated(Tensor attended, float gate) => attended * gate;

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

    public override Tensor forward(Tensor input) => input.alias();

    private Tensor Gated(Tensor attended) => throw new NotImplementedException("[B, H, L, D] to [B, L, d]");
}
