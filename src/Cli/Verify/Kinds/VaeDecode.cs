namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>vae.decode</c>: scaled latents to pictures, also in tiles and one by one.</summary>
internal sealed class VaeDecode : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "vae.decode";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = VaeCase.MakeModel(file);
        model.Observer = VaeCase.Middle(file, answer);
        using var scaled = file.Tensor("in.latents");
        using var latents = model.Unscale(scaled);
        answer.Add("out.image", model.Decode(latents));
        if (file.HasTensor("out.image_without_tiling"))
        {
            model.Tiling = null;
            model.Observer = null;
            answer.Add("out.image_without_tiling", model.Decode(latents));
        }
    }
}
