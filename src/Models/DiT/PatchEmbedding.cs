using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>Latents <c>[B, C, H, W]</c> to tokens <c>[B, L, d]</c>: a convolution whose stride is its kernel's size.</summary>
internal sealed class PatchEmbedding : Module<Tensor, Tensor>
{
    private readonly Conv2d proj;
    private readonly int _patch;

    public PatchEmbedding(int patch, int channels, int width)
        : base(nameof(PatchEmbedding))
    {
        _patch = patch;
        proj = Layers.Zero(Conv2d(channels, width, patch, patch, device: Layers.Device, dtype: Layers.Dtype));
        RegisterComponents();
    }

    public ScalarType Dtype => proj.weight.dtype;

    public override Tensor forward(Tensor latents)
    {
        // Patches do not overlap, so the convolution is one matrix product, and its result is laid out token by token.
        using var input = latents.to(Dtype);
        using var patches = Patches.Cut(input, _patch);
        using var kernel = proj.weight.flatten(1); // [d, C, p, p] -> [d, C·p·p]
        return functional.linear(patches, kernel, proj.bias);
    }
}
