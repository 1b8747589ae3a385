namespace DiTFastAttn.Models.Tests;

/// <summary>Small models with reproducible weights.</summary>
internal static class Models
{
    public static MetaDiTConfig TinyConfig { get; } = new()
    {
        InputSize = 8, PatchSize = 2, InChannels = 4, HiddenSize = 32, Depth = 2, NumHeads = 2, NumClasses = 10,
    };

    public static MetaDiT Tiny()
    {
        var model = new MetaDiT(TinyConfig);
        FormulaWeights.Fill(model);
        model.eval();
        return model;
    }
}
