namespace Demo;

public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
{
    // Attention as it was.
    [Obsolete]
    private Tensor Attend(Tensor hidden) => hidden.alias();

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

    public override Tensor forward(Tensor input) => input.alias();
}
