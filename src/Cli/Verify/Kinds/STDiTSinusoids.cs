using DiTFastAttn.Models.OpenSora;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>stdit.timestep_embedding</c>: the sinusoids of timesteps, sizes and lengths.</summary>
internal sealed class STDiTSinusoids : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "stdit.timestep_embedding";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var t = file.Tensor("in.t");
        if (file.Call.Int("dim") is var width && width != 256)
        {
            throw new UnsupportedCaseException($"{width} features; the model has 256");
        }

        answer.Add("out.x", SizeEmbedder.Sinusoids(t));
    }
}
