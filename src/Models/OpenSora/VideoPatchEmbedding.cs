using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>Latents of whole patches <c>[B, C, T, H, W]</c> to tokens <c>[B, L, d]</c>: a convolution whose stride is its kernel's size.</summary>
internal sealed class VideoPatchEmbedding : Module<Tensor, Tensor>
{
    private readonly Conv3d proj;
    private readonly (int Frames, int Rows, int Columns) _patch;

    public VideoPatchEmbedding(STDiTConfig config)
        : base(nameof(VideoPatchEmbedding))
    {
        _patch = config.PatchSize;
        proj = Layers.Zero(Conv3d(config.InChannels, config.HiddenSize, (_patch.Frames, _patch.Rows, _patch.Columns), (_patch.Frames, _patch.Rows, _patch.Columns),
            device: Layers.Device, dtype: Layers.Dtype));
        RegisterComponents();
    }

    public ScalarType Dtype => proj.weight.dtype;

    public override Tensor forward(Tensor latents)
    {
        // Patches do not overlap, so the convolution is one matrix product, and its result is laid out token by token.
        using var input = latents.to(Dtype);
        using var patches = VideoPatches.Cut(input, _patch);
        using var kernel = proj.weight.flatten(1); // [d, C, pt, ph, pw] -> [d, C·pt·ph·pw]
        return functional.linear(patches, kernel, proj.bias);
    }
}
