namespace Demo;

public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
{
    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    private partial Tensor Attend(Tensor hidden, [PerSample] Tensor? mask);

    private AttentionInput ProjectQkv(Tensor hidden, Tensor? mask)
        => new(hidden.alias(), hidden.alias(), hidden.alias()) { KeyMask = mask?.alias() };

    private Tensor ProjectOut(Tensor attended) => attended.alias();

    public override Tensor forward(Tensor input) => Attend(input, null);
}
