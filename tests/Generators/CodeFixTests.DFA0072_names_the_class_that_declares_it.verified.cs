[assembly: WrapAttention(typeof(Vendor.Block), typeof(FastAttention), Owner = typeof(Holder), Field = "own")]

internal sealed partial class FastAttention : Vendor.Block
{
    [OriginalMember("inherited", DeclaredIn = typeof(Vendor.Around))] private partial Vendor.SelfAttention Attention { get; }

    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    public override partial Tensor forward(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();
}

public sealed class Holder() : Module<Tensor, Tensor>("Holder")
{
    public Vendor.Block own = new Vendor.Block();

    public override Tensor forward(Tensor hidden) => own.forward(hidden);
}
