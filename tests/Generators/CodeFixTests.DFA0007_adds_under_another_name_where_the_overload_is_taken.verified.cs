namespace Demo;

public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
{
    [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(Gated2))]
    private partial Tensor Attend(Tensor hidden);

    private static string Gated(Tensor attended) => attended.ToString()!;

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

    public override Tensor forward(Tensor input) => input.alias();

    private Tensor Gated2(Tensor attended) => throw new NotImplementedException("[B, H, L, D] to [B, L, d]");
}
