using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation;

/// <summary>Convolutions whose parameters start at zero: no time is spent on random values that a checkpoint replaces.</summary>
internal static class ConvLayers
{
    /// <summary>Gives a convolution of <see cref="META"/> its memory.</summary>
    public static Conv2d Zero(Conv2d conv, Device? device)
    {
        conv.weight = Parameter(zeros(conv.weight.shape, device: device));
        if (conv.bias is not null)
        {
            conv.bias = Parameter(zeros([conv.out_channels], device: device));
        }

        return conv;
    }
}
