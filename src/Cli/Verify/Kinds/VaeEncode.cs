namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>vae.encode</c>: pictures to the distribution of their latents, and a draw from it.</summary>
internal sealed class VaeEncode : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "vae.encode";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = VaeCase.MakeModel(file);
        model.Observer = VaeCase.Middle(file, answer);
        using var image = file.Tensor("in.image");
        using var noise = file.Tensor("in.noise");
        using var posterior = model.Encode(image);
        using var sample = posterior.Sample(noise);
        answer.Add("out.moments", posterior.Moments.alias());
        answer.Add("out.mean", posterior.Mean.alias());
        answer.Add("out.logvar", posterior.LogVariance.alias());
        answer.Add("out.std", posterior.StandardDeviation.alias());
        answer.Add("out.sample", sample.alias());
        answer.Add("out.latents", model.Scale(sample));
    }
}
