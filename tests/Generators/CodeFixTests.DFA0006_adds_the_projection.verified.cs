namespace Demo;

public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
{
    [AttentionSite("attn", Project = nameof(ProjectQvk), Output = nameof(ProjectOut))]
    private partial Tensor Attend(Tensor hidden, [PerSample] torch.Tensor? mask = null, int rows = 1);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

    public override Tensor forward(Tensor input) => input.alias();

    private AttentionInput ProjectQvk(Tensor hidden, Tensor? mask, int rows) => throw new NotImplementedException("[B, L, d] to three of [B, H, L, D]");
}
