namespace Demo;

/// <summary>A class that derives from nothing.</summary>
public sealed partial class SelfAttention() : Module<Tensor, Tensor>(nameof(SelfAttention))
{
    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    private partial Tensor Attend(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

    public override Tensor forward(Tensor input) => Attend(input);
}
