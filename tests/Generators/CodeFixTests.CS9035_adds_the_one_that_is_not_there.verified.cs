namespace Demo;

public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
{
    [AttentionSite(Project = nameof(Split), Output = nameof(ProjectOut))]
    public override partial Tensor forward(Tensor input);

    private static AttentionInput Split(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => throw new NotImplementedException("[B, H, L, D] to [B, L, d]");
}
