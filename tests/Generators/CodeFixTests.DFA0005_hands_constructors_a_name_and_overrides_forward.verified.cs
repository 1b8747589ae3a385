namespace Demo;

public sealed partial class SelfAttention : Module<Tensor, Tensor>, IDisposable
{
    private readonly long _heads;

    public SelfAttention(long heads) : base(nameof(SelfAttention))
    {
        _heads = heads;
    }

    public SelfAttention()
        : this(2)
    {
    }

    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads))]
    private partial Tensor Attend(Tensor hidden);

    public override Tensor forward(Tensor hidden) => Attend(hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();
}
