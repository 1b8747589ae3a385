[assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(FastAttention), Owner = typeof(Holder), Field = "own", FieldType = typeof(Module<Tensor, Tensor>))]

internal sealed partial class FastAttention : Module<Tensor, Tensor>
{
    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    public override partial Tensor forward(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

}

public sealed class Holder() : Module<Tensor, Tensor>("Holder")
{
    public Module<Tensor, Tensor> own = new Vendor.SelfAttention();

    public override Tensor forward(Tensor hidden) => own.forward(hidden);
}
