using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>opensora.sample</c>: a whole generation of latents with STDiT2.</summary>
internal sealed class OpenSoraSample : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "opensora.sample";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = STDiTCase.MakeModel(file);
        using var scope = NewDisposeScope();
        using var trajectory = OpenSoraCase.Begin(file, OpenSoraCase.MakeSampler(file, model));
        OpenSoraCase.Sample(file, answer, trajectory, run: null, cancellation);
    }
}
