using DiTFastAttn.Tests.Testing;
using static TorchSharp.torch;

namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>Torch's own attention, counted: what a site computed through the attachment.</summary>
internal sealed class CountingKernel : IAttentionKernel
{
    private readonly TorchKernel _torch = new();

    public int Calls { get; private set; }

    public string Name => "counting";

    public bool Supports(in AttentionInput input) => true;

    public Tensor Full(in AttentionInput input, AttentionWindow? window = null)
    {
        Calls++;
        return _torch.Full(input, window);
    }

    public Tensor Window(in AttentionInput input, AttentionWindow window, Tensor? residual = null)
    {
        Calls++;
        return _torch.Window(input, window, residual);
    }

    public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window)
    {
        Calls++;
        return _torch.FullWithResidual(input, window);
    }
}
