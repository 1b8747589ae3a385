using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>dit.forward</c>: one call of DiT in either layout, and Meta's call with guidance inside.</summary>
internal sealed class DiTForward : ICaseKind
{
    private const string Guided = "out.forward_with_cfg";

    /// <inheritdoc/>
    public string Name => "dit.forward";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = DiTCase.MakeModel(file);
        using var x = file.Tensor("in.x");
        using var t = file.Tensor("in.t");
        using var y = file.Tensor("in.y");
        answer.Add("out.forward", model.forward(x, t, y));
        if (file.HasTensor(Guided) && model is MetaDiT meta)
        {
            answer.Add(Guided, meta.ForwardWithGuidance(x, t, y, file.Call.Number("cfg_scale"), file.Call.Int("cfg_guided_channels")));
        }
    }
}
