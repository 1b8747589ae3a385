using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Inception;

/// <summary>The numbers of a batch normalisation that learns no more: the convolution before it takes them into its weights.</summary>
internal sealed class FrozenBatchNorm : Module
{
    private const double Epsilon = 0.001;

    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Tensor running_mean;
    private readonly Tensor running_var;

    public FrozenBatchNorm(int channels, Device? device)
        : base(nameof(FrozenBatchNorm))
    {
        weight = Parameter(ones(channels, device: device));
        bias = Parameter(zeros(channels, device: device));
        running_mean = zeros(channels, device: device);
        running_var = ones(channels, device: device);
        RegisterComponents();
    }

    /// <summary>What the normalisation multiplies each channel by, and what it then adds; the caller's scope owns them.</summary>
    public (Tensor Scale, Tensor Shift) Affine()
    {
        var scale = weight / (running_var + Epsilon).sqrt();
        return (scale, bias - (running_mean * scale));
    }
}
