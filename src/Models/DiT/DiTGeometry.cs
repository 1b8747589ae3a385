namespace DiTFastAttn.Models;

/// <summary>What a sampler has to know about a class-conditional diffusion transformer.</summary>
/// <param name="InputSize">Rows and columns S of the latents (or pictures), in cells.</param>
/// <param name="PatchSize">Rows and columns p of a patch, in cells.</param>
/// <param name="InChannels">Channels C of the latents.</param>
/// <param name="OutChannels">Channels of the output: C, or 2C with a learned variance.</param>
/// <param name="Classes">Number of classes K.</param>
/// <param name="LabelRows">Rows of the label table: K, or K + 1 where row K means "no class".</param>
public sealed record DiTGeometry(int InputSize, int PatchSize, int InChannels, int OutChannels, int Classes, int LabelRows)
{
    /// <summary>Number of tokens L = (S/p)².</summary>
    public int Tokens => InputSize / PatchSize * (InputSize / PatchSize);
}
