using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Cli.Bench;

/// <summary>An attention site whose projections are views of its tokens: one head as wide as a token.</summary>
internal sealed partial class DispatchSite : Module<Tensor, Tensor>
{
    public DispatchSite()
        : base(nameof(DispatchSite)) => RegisterComponents();

    /// <summary>Through the generated code.</summary>
    public override Tensor forward(Tensor hidden) => Attend(hidden);

    /// <summary>What the generated code does while nobody attached the model, written by hand.</summary>
    public Tensor AttendDirectly(Tensor hidden)
    {
        using var input = Project(hidden);
        using var attended = functional.scaled_dot_product_attention(input.Query, input.Key, input.Value);
        return Output(attended);
    }

    /// <summary>The same with <see cref="NoAttention"/> in the place of attention.</summary>
    public Tensor PassDirectly(Tensor hidden)
    {
        using var input = Project(hidden);
        using var attended = input.Value.alias();
        return Output(attended);
    }

    [AttentionSite("attn", Project = nameof(Project), Output = nameof(Output))]
    private partial Tensor Attend(Tensor hidden);

    private AttentionInput Project(Tensor hidden) => new(hidden.unsqueeze(1), hidden.unsqueeze(1), hidden.unsqueeze(1)); // [B, L, D] -> [B, 1, L, D]

    private Tensor Output(Tensor attended) => attended.squeeze(1); // [B, 1, L, D] -> [B, L, D]
}
