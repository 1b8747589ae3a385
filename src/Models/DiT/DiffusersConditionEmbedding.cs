using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.DiT;

/// <summary>Sinusoids <c>[B, 256]</c> and labels <c>[B]</c> to a conditioning vector <c>[B, d]</c>: timestep plus label.</summary>
internal sealed class DiffusersConditionEmbedding : Module<Tensor, Tensor, Tensor>
{
    private readonly DiffusersTimestepEmbedding timestep_embedder;
    private readonly LabelEmbedding class_embedder;

    public DiffusersConditionEmbedding(int width, int labelRows)
        : base(nameof(DiffusersConditionEmbedding))
    {
        timestep_embedder = new DiffusersTimestepEmbedding(width);
        class_embedder = new LabelEmbedding(labelRows, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor sinusoids, Tensor labels)
    {
        using var time = timestep_embedder.forward(sinusoids);
        using var label = class_embedder.forward(labels);
        return time + label;
    }
}
