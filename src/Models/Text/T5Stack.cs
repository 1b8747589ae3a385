using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.Text;

/// <summary>The blocks and the norm behind them.</summary>
internal sealed class T5Stack : Module
{
    private readonly ModuleList<T5Block> block;
    private readonly T5LayerNorm final_layer_norm;

    public T5Stack(T5Config config, ScalarType dtype, Device? device)
        : base(nameof(T5Stack))
    {
        block = new ModuleList<T5Block>();
        for (var i = 0; i < config.NumLayers; i++)
        {
            block.Add(new T5Block(config, hasPositions: i == 0, dtype, device));
        }

        final_layer_norm = new T5LayerNorm(config.DModel, config.LayerNormEpsilon, dtype, device);
        RegisterComponents();
    }

    public int Blocks => block.Count;

    /// <inheritdoc cref="T5Attention.PositionBias"/>
    public Tensor PositionBias(long tokens) => block[0].PositionBias(tokens);

    /// <summary>One block: tokens <c>[B, L, d]</c> to tokens.</summary>
    public Tensor Apply(int index, Tensor hidden, Tensor positions, Tensor? dropped) => block[index].forward(hidden, positions, dropped);

    /// <summary>The norm behind the blocks.</summary>
    public Tensor Normalize(Tensor hidden) => final_layer_norm.forward(hidden);
}
