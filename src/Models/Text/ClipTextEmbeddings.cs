using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>Token table plus position table: ids <c>[B, L]</c> to <c>[B, L, d]</c>.</summary>
internal sealed class ClipTextEmbeddings : Module<Tensor, Tensor>
{
    private readonly TokenTable token_embedding;
    private readonly TokenTable position_embedding;

    public ClipTextEmbeddings(ClipTextConfig config, ScalarType dtype, Device? device)
        : base(nameof(ClipTextEmbeddings))
    {
        token_embedding = new TokenTable(config.VocabSize, config.Tower.HiddenSize, dtype, device);
        position_embedding = new TokenTable(config.MaxPositionEmbeddings, config.Tower.HiddenSize, dtype, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids)
    {
        using var tokens = token_embedding.forward(ids);
        using var positions = position_embedding.Weight.narrow(0, 0, ids.shape[1]);
        return tokens + positions;
    }
}
