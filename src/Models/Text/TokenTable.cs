using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>A table of vectors that a checkpoint fills: ids <c>[…]</c> to <c>[…, d]</c>. Zero at first, for no time is spent on random values.</summary>
internal sealed class TokenTable : Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    public TokenTable(int rows, int width, ScalarType dtype, Device? device)
        : base(nameof(TokenTable))
    {
        weight = Parameter(zeros(rows, width, dtype, device));
        RegisterComponents();
    }

    /// <summary>The table <c>[rows, d]</c>.</summary>
    public Tensor Weight => weight;

    public override Tensor forward(Tensor ids)
    {
        using var flat = ids.flatten();
        using var rows = weight.index_select(0, flat);
        return rows.view([.. ids.shape, weight.shape[1]]);
    }
}
