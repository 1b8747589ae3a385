using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>
/// The last layer: modulation, then the linear to patches. Frames that are conditions are normalised and modulated a second time, on top of the
/// first, as the reference does.
/// </summary>
internal sealed class STDiTFinalLayer : Module<Tensor, VideoCall, Tensor>
{
    private readonly Parameter scale_shift_table;
    private readonly Linear linear;

    public STDiTFinalLayer(STDiTConfig config)
        : base(nameof(STDiTFinalLayer))
    {
        scale_shift_table = Layers.Zeros(2, config.HiddenSize);
        linear = Layers.Linear(config.HiddenSize, config.PatchVolume * config.OutChannels);
        RegisterComponents();
    }

    /// <summary>Tokens <c>[B, T·S, d]</c> to patches <c>[B, T, S, pt·ph·pw·out]</c>.</summary>
    public override Tensor forward(Tensor tokens, VideoCall call)
    {
        using var scope = NewDisposeScope();
        var modulated = Modulate(call.ByFrame(tokens), call.FinalCondition);
        if (call.FrameMask is { } isNoisy)
        {
            modulated = where(isNoisy.unsqueeze(-1).unsqueeze(-1), modulated, Modulate(modulated, call.CleanFinalCondition!));
        }

        return linear.forward(modulated).MoveToOuterDisposeScope();
    }

    private Tensor Modulate(Tensor x, Tensor condition)
    {
        var parts = scale_shift_table.unsqueeze(1) + condition.unsqueeze(1).unsqueeze(1); // [2, 1, d] + [B, 1, 1, d]
        return FrameModulation.Modulate(x, parts.narrow(1, 0, 1), parts.narrow(1, 1, 1));
    }
}
