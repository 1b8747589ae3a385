using DiTFastAttn.Models.DiT;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>
/// T5's self-attention: softmax(Q·Kᵀ + position bias + mask)·V without a factor of 1/√D and without biases in the projections. The first
/// block's also holds the table of the position bias.
/// </summary>
internal sealed partial class T5Attention : Module<Tensor, Tensor, Tensor?, Tensor>
{
    private readonly Linear q;
    private readonly Linear k;
    private readonly Linear v;
    private readonly Linear o;
    private readonly T5RelativePositions? relative_attention_bias;
    private readonly int _heads;
    private readonly int _headWidth;

    public T5Attention(T5Config config, bool hasPositions, ScalarType dtype, Device? device)
        : base(nameof(T5Attention))
    {
        _heads = config.NumHeads;
        _headWidth = config.DKv;
        q = Layers.Linear(config.DModel, config.InnerWidth, bias: false, dtype, device);
        k = Layers.Linear(config.DModel, config.InnerWidth, bias: false, dtype, device);
        v = Layers.Linear(config.DModel, config.InnerWidth, bias: false, dtype, device);
        o = Layers.Linear(config.InnerWidth, config.DModel, bias: false, dtype, device);
        relative_attention_bias = hasPositions ? new T5RelativePositions(config, dtype, device) : null;
        RegisterComponents();
    }

    /// <summary>The position bias <c>[1, H, L, L]</c> of every block; the caller owns it. The first block has it.</summary>
    public Tensor PositionBias(long tokens) => relative_attention_bias!.forward(tokens);

    /// <summary>Attention over tokens.</summary>
    /// <param name="hidden">Tokens <c>[B, L, d]</c></param>
    /// <param name="positions">Position bias <c>[1, H, L, L]</c></param>
    /// <param name="dropped"><c>[B, 1, 1, L]</c>: 0 for keys that take part, the dtype's lowest number for the others; or <see langword="null"/>.</param>
    public override Tensor forward(Tensor hidden, Tensor positions, Tensor? dropped) => Attend(hidden, positions, dropped);

    [AttentionSite(
        Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Kind = SiteKind.Encoder, Heads = nameof(_heads), HeadWidth = nameof(_headWidth))]
    private partial Tensor Attend(Tensor hidden, Tensor positions, [PerSample] Tensor? dropped);

    private AttentionInput ProjectQkv(Tensor hidden, Tensor positions, Tensor? dropped) => new(
        Heads.Split(q.forward(hidden), _heads),
        Heads.Split(k.forward(hidden), _heads),
        Heads.Split(v.forward(hidden), _heads))
    {
        // Added, not masked out: a sample without any key then sees all alike, as the reference does.
        Bias = dropped is null ? positions.alias() : positions + dropped, // [B, H, L, L]
        Scale = 1,
    };

    private Tensor ProjectOut(Tensor attended)
    {
        using var tokens = Heads.Merge(attended);
        return o.forward(tokens);
    }
}
