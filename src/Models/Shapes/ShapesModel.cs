namespace DiTFastAttn.Models.Shapes;

/// <summary>
/// The demo model: a small DiT in Meta's layout that draws <see cref="ShapePicture"/>s of 64x64 pixels, without an autoencoder.
/// It predicts the velocity.
/// </summary>
internal static class ShapesModel
{
    /// <summary>Its sizes: 1.87 million parameters, 1024 tokens.</summary>
    public static MetaDiTConfig Config { get; } = new()
    {
        InputSize = 64,
        PatchSize = 2,
        InChannels = 3,
        HiddenSize = 128,
        Depth = 6,
        NumHeads = 2,
        NumClasses = ShapePicture.Classes.Count,
        LearnSigma = false,
        PositionGrid = 32,
    };
}
