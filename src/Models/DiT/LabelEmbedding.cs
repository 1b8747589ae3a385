using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>Labels <c>[B]</c> to rows <c>[B, d]</c> of a table. Labels are used as given: whoever trains drops them.</summary>
internal sealed class LabelEmbedding : Module<Tensor, Tensor>
{
    private readonly Embedding embedding_table;

    public LabelEmbedding(int rows, int width)
        : base(nameof(LabelEmbedding))
    {
        embedding_table = Layers.Zero(Embedding(rows, width, device: Layers.Device, dtype: Layers.Dtype));
        RegisterComponents();
    }

    public override Tensor forward(Tensor labels) => embedding_table.forward(labels);
}
