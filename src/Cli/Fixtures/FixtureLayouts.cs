using DiTFastAttn.Models;
using DiTFastAttn.Models.OpenSora;

namespace DiTFastAttn.Cli.Fixtures;

/// <summary>The checkpoints that <c>fixture-model</c> knows: a line each.</summary>
internal static class FixtureLayouts
{
    private const int Classes = 1000;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FixtureLayout> All { get; } =
    [
        DiT("dit-xl-2-256", 32),
        DiT("dit-xl-2-512", 64),
        PixArt("pixart-sigma-512", 64, scale: 1),
        PixArt("pixart-sigma-1024", 128, scale: 2),
        PixArt("pixart-sigma-2k", 256, scale: 4),
        PixArt("pixart-alpha-256", 32, scale: null),
        PixArt("pixart-alpha-512", 64, scale: null),
        PixArt("pixart-alpha-1024", 128, scale: null),
        OpenSora("opensora-v1.1"),
    ];

    /// <summary>facebook/DiT-XL-2-256 and -512. The tiny ones draw 64 and 128 pixels, of as many classes.</summary>
    private static FixtureLayout DiT(string name, int sampleSize) => new(
        name,
        "DiTPipeline",
        isTiny =>
        {
            var config = new DiffusersDiTConfig { SampleSize = sampleSize, OutChannels = 8, NumEmbedsAdaNorm = Classes };
            config = isTiny ? config with { SampleSize = sampleSize / 4, NumLayers = 2, NumAttentionHeads = 2, AttentionHeadDim = 16 } : config;
            return
            [
                new("transformer", "diffusers", "Transformer2DModel") { Config = config.ToJson(), Model = () => new DiffusersDiT(config) },
                FixtureParts.Vae(isTiny, sampleSize: 256, scale: 0.18215),
                FixtureParts.Ddim,
            ];
        })
    {
        Labels = [.. Enumerable.Range(0, Classes).Select(i => $"class {i}")],
    };

    /// <summary>PixArt-alpha/PixArt-Sigma-XL-2-*-MS and PixArt-XL-2-*. The tiny ones draw 256 pixels and have that size's bins.</summary>
    private static FixtureLayout PixArt(string name, int sampleSize, double? scale)
    {
        var isSigma = scale is not null;
        return new(
            name,
            isSigma ? "PixArtSigmaPipeline" : "PixArtAlphaPipeline",
            isTiny =>
            {
                const int TinySample = 32, TinyCaption = 32, AlphaConditions = 128;
                var config = new PixArtTransformerConfig
                {
                    SampleSize = sampleSize, InterpolationScale = scale, UseAdditionalConditions = !isSigma && sampleSize == AlphaConditions,
                };
                config = isTiny
                    ? config with { SampleSize = TinySample, NumLayers = 2, NumAttentionHeads = 2, AttentionHeadDim = 12, CaptionChannels = TinyCaption }
                    : config;
                return
                [
                    new("transformer", "diffusers", "PixArtTransformer2DModel") { Config = config.ToJson(), Model = () => new PixArtTransformer(config) },
                    isSigma ? FixtureParts.Vae(isTiny, sampleSize: 1024, scale: 0.13025) : FixtureParts.Vae(isTiny, sampleSize: 256, scale: 0.18215),
                    FixtureParts.TextEncoder(isTiny, TinyCaption),
                    FixtureParts.Tokenizer(isSigma ? 300 : 120),
                    FixtureParts.DpmSolver,
                ];
            });
    }

    /// <summary>hpcai-tech/OpenSora-STDiT-v2-stage3 with the autoencoder and the text encoder that its configuration names. The tiny one makes any size.</summary>
    private static FixtureLayout OpenSora(string name) => new(
        name,
        "OpenSoraPipeline",
        isTiny =>
        {
            const int TinyCaption = 32;
            var config = new STDiTConfig { QkNorm = true, InputSquareSize = 512, ModelMaxLength = 200 };
            config = isTiny ? config with { HiddenSize = 48, Depth = 2, NumHeads = 4, CaptionChannels = TinyCaption } : config;
            return
            [
                new("transformer", "opensora", "STDiT2")
                {
                    Config = config.ToJson(), WeightsName = "model", Model = () => STDiTModel.Create(config), Computed = STDiTWeights.Computed,
                },
                FixtureParts.Vae(isTiny, sampleSize: 256, scale: 0.18215),
                FixtureParts.TextEncoder(isTiny, TinyCaption),
                FixtureParts.Tokenizer(config.ModelMaxLength),
            ];
        });
}
