using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Tests.Testing;

/// <summary>Attention layers with skip connections in a <see cref="ModuleList{T}"/>.</summary>
public sealed class ToyModel : Module<Tensor, Tensor>
{
    private readonly ModuleList<ToyAttention> blocks;

    public ToyModel(int blocks)
        : base(nameof(ToyModel))
    {
        this.blocks = ModuleList(Enumerable.Range(0, blocks).Select(_ => new ToyAttention()).ToArray());
        RegisterComponents();
    }

    public ToyAttention Block(int index) => blocks[index];

    public override Tensor forward(Tensor input)
    {
        var hidden = input.alias();
        foreach (var block in blocks)
        {
            using var before = hidden;
            using var attended = block.forward(before);
            hidden = before + attended;
        }

        return hidden;
    }
}
