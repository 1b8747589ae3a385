using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>Self-attention of CLIP, causal in the text tower.</summary>
internal sealed partial class ClipAttention : Module<Tensor, Tensor?, Tensor>
{
    private readonly Linear k_proj;
    private readonly Linear v_proj;
    private readonly Linear q_proj;
    private readonly Linear out_proj;
    private readonly int _heads;
    private readonly int _headWidth;
    private readonly bool _isCausal;

    public ClipAttention(ClipTowerConfig config, bool isCausal, ScalarType dtype, Device? device)
        : base(nameof(ClipAttention))
    {
        _heads = config.NumAttentionHeads;
        _headWidth = config.HiddenSize / config.NumAttentionHeads;
        _isCausal = isCausal;
        k_proj = Layers.Linear(config.HiddenSize, config.HiddenSize, bias: true, dtype, device);
        v_proj = Layers.Linear(config.HiddenSize, config.HiddenSize, bias: true, dtype, device);
        q_proj = Layers.Linear(config.HiddenSize, config.HiddenSize, bias: true, dtype, device);
        out_proj = Layers.Linear(config.HiddenSize, config.HiddenSize, bias: true, dtype, device);
        RegisterComponents();
    }

    /// <summary>Attention over tokens <c>[B, L, d]</c>; <paramref name="mask"/> says which keys take part, bool <c>[B, L]</c>, or is <see langword="null"/>.</summary>
    public override Tensor forward(Tensor hidden, Tensor? mask) => Attend(hidden, mask);

    [AttentionSite(
        Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Kind = SiteKind.Encoder, Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor Attend(Tensor hidden, [PerSample] Tensor? mask);

    private AttentionInput ProjectQkv(Tensor hidden, Tensor? mask) => new(
        Heads.Split(q_proj.forward(hidden), _heads),
        Heads.Split(k_proj.forward(hidden), _heads),
        Heads.Split(v_proj.forward(hidden), _heads))
    {
        KeyMask = mask?.alias(),
        IsCausal = _isCausal,
    };

    private Tensor ProjectOut(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return out_proj.forward(tokens);
    }
}
