[assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(FastAttention))]

internal sealed partial class FastAttention : Vendor.SelfAttention
{
    // The whole attention.
    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    public override partial Tensor forward(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();
}
