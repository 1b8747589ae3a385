namespace Demo;

public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
{
    [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    private partial Tensor Attend(Tensor hidden);

    [AttentionSite("again2", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    private partial Tensor Again(Tensor hidden);

    [AttentionSite("again", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    private partial Tensor OnceMore(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

    public override Tensor forward(Tensor input) => input.alias();
}
