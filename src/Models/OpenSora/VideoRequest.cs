using TorchSharp;

namespace DiTFastAttn.Models;

/// <summary>A video to make, in one clip or in several that overlap.</summary>
/// <param name="Size">Size of a clip.</param>
/// <param name="Texts">The text of each clip, as it goes to the text encoder.</param>
public sealed record VideoRequest(VideoConditioning Size, IReadOnlyList<string> Texts)
{
    /// <summary>Latents of references <c>[C, T, h, w]</c>, images with one frame; stay the caller's.</summary>
    public IReadOnlyList<torch.Tensor> References { get; init; } = [];

    /// <summary>Where frames of the references go (<see cref="MaskStrategy"/>), or <see langword="null"/> for nowhere.</summary>
    public string? Strategy { get; init; }

    /// <summary>Frames of a clip that the next one begins with; fewer than a clip has.</summary>
    public int ConditionFrames { get; init; } = 4;

    /// <summary>Seed of all noise.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Its number among the videos of a run, from 0: with the seed it decides the noise (<see cref="PictureNoise"/>).</summary>
    public int Number { get; init; }

    /// <summary>Frames of the whole video.</summary>
    public int TotalFrames => VideoLength.TotalOf(Size.Frames, Texts.Count, Texts.Count > 1 ? ConditionFrames : 0);
}
