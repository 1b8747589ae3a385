using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>A class token and the patches, plus the position table: pictures <c>[B, C, S, S]</c> to <c>[B, 1 + (S/p)², d]</c>.</summary>
internal sealed class ClipVisionEmbeddings : Module<Tensor, Tensor>
{
    private readonly Parameter class_embedding;
    private readonly Conv2d patch_embedding;
    private readonly TokenTable position_embedding;

    public ClipVisionEmbeddings(ClipVisionConfig config, ScalarType dtype, Device? device)
        : base(nameof(ClipVisionEmbeddings))
    {
        var width = config.Tower.HiddenSize;
        class_embedding = Parameter(zeros(width, dtype, device));
        patch_embedding = Layers.Zero(
            Conv2d(config.NumChannels, width, config.PatchSize, config.PatchSize, bias: false, device: device, dtype: dtype));
        position_embedding = new TokenTable(1 + config.Patches, width, dtype, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var patches = patch_embedding.forward(pixels.to(class_embedding.dtype)).flatten(2).transpose(1, 2); // [B, d, S/p, S/p] -> [B, (S/p)², d]
        var first = class_embedding.expand(patches.shape[0], 1, -1);
        return cat([first, patches], 1).add_(position_embedding.Weight).MoveToOuterDisposeScope();
    }
}
