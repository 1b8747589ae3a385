using DiTFastAttn.Models.OpenSora;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>stdit.rope</c>: rotary embedding of queries.</summary>
internal sealed class STDiTRope : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "stdit.rope";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var q = file.Tensor("in.q");
        using var rope = new RotaryEmbedding((int)q.shape[3]);
        using var rotation = rope.forward(q.shape[2]);
        answer.Add("out.x", RotaryEmbedding.Rotate(q, rotation));
    }
}
