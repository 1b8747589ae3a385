[assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(FastAttention), Owner = typeof(Vendor.Block), Field = "attn", FieldType = typeof(Module<Tensor, Tensor>))]

internal sealed partial class FastAttention : Module<Tensor, Tensor>, IFormattable
{
    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
    public override partial Tensor forward(Tensor hidden);

    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

    private Tensor ProjectOut(Tensor attended) => attended.alias();

    public string ToString(string? format, IFormatProvider? provider) => "";
}

