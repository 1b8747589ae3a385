using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>stdit.forward</c>: one call of STDiT or STDiT2, with intermediate values.</summary>
internal sealed class STDiTForward : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "stdit.forward";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = STDiTCase.MakeModel(file);
        using var x = file.Tensor("in.x");
        using var timestep = file.Tensor("in.timestep");
        using var y = file.Tensor("in.y");
        using var mask = STDiTCase.Optional(file, "in.mask");
        using var frameMask = STDiTCase.Optional(file, "in.x_mask");
        using var sizes = STDiTCase.Sizes(file);
        answer.Add("out.x", model.forward(new STDiTInput(x, timestep, y)
        {
            TextMask = mask,
            FrameMask = frameMask,
            Sizes = sizes,
            Observe = (name, value) =>
            {
                if (file.HasTensor($"out.{name}"))
                {
                    answer.Add($"out.{name}", value.clone());
                }
            },
        }));
    }
}
