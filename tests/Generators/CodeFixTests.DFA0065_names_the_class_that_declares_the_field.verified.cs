[assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(FastAttention), Owner = typeof(Vendor.Around), Field = "inherited")]

internal sealed partial class FastAttention : Vendor.SelfAttention
{
    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    public override partial Tensor forward(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

}

