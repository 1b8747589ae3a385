namespace Demo;

public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
{
    [AttentionSite("attn", Project = nameof(ProjectBoth), Output = nameof(ProjectBack))]
    private partial (Tensor, Tensor) Attend(Tensor image, Tensor text);

    private AttentionInput ProjectBoth(Tensor image, Tensor text) => ProjectQkv(image);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

    public override Tensor forward(Tensor input) => input.alias();

    private (Tensor, Tensor) ProjectBack(Tensor attended, Tensor image, Tensor text) => throw new NotImplementedException("[B, H, L, D] to two of [B, L, d]");
}
