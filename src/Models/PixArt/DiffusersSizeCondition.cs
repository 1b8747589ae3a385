using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.PixArt;

/// <summary>Sinusoids of timesteps and, where the model takes it, of the picture's size, to vectors; in diffusers' layout.</summary>
internal sealed class DiffusersSizeCondition : Module<Tensor, Tensor>
{
    private readonly DiffusersTimestepEmbedding timestep_embedder;
    private readonly DiffusersTimestepEmbedding? resolution_embedder;
    private readonly DiffusersTimestepEmbedding? aspect_ratio_embedder;

    public DiffusersSizeCondition(int width, bool takesSize)
        : base(nameof(DiffusersSizeCondition))
    {
        timestep_embedder = new DiffusersTimestepEmbedding(width);
        resolution_embedder = takesSize ? new DiffusersTimestepEmbedding(width / 3) : null;
        aspect_ratio_embedder = takesSize ? new DiffusersTimestepEmbedding(width / 3) : null;
        RegisterComponents();
    }

    /// <summary>Sinusoids <c>[B, 256]</c> of timesteps to <c>[B, d]</c>.</summary>
    public override Tensor forward(Tensor sinusoids) => timestep_embedder.forward(sinusoids);

    /// <summary>Sinusoids <c>[B·n, 256]</c> of heights and widths, or of aspect ratios, to <c>[B·n, d/3]</c>.</summary>
    public Tensor EmbedSizes(Tensor sinusoids, bool isRatio) => (isRatio ? aspect_ratio_embedder : resolution_embedder)!.forward(sinusoids);
}
