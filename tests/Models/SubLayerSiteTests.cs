using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

/// <summary>The feed-forwards of the models are sites that a plan may have columns for.</summary>
public sealed class SubLayerSiteTests
{
    private static readonly PixArtMSConfig PixArt = new() { InputSize = 8, PatchSize = 2, HiddenSize = 32, Depth = 2, NumHeads = 2, CaptionChannels = 16, ModelMaxLength = 4 };

    public static TheoryData<string, Func<nn.Module>, string, long> Models => new()
    {
        { "DiT", () => new MetaDiT(Tests.Models.TinyConfig), "mlp", 2L * 32 * 128 },
        { "DiT of diffusers", () => new DiffusersDiT(DiTKeyMap.ToDiffusers(Tests.Models.TinyConfig)), "ff", 2L * 32 * 128 },
        { "PixArt", () => new PixArtMS(PixArt), "mlp", 2L * 32 * 128 },
        { "PixArt of diffusers", () => new PixArtTransformer(PixArtKeyMap.ToDiffusers(PixArt)), "ff", 2L * 32 * 128 },
        { "OpenSora 1.1", () => STDiTModel.Create(new STDiTConfig { HiddenSize = 48, Depth = 2, NumHeads = 2, CaptionChannels = 16, ModelMaxLength = 4, InputSquareSize = 64 }), "mlp", 2L * 48 * 192 },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_block_has_one(string what, Func<nn.Module> make, string name, long multiplyAccumulates)
    {
        using var model = make();
        var keys = model.state_dict().Keys.ToList();
        var layers = model.named_modules().Where(named => named.module is IAttentionSiteHost)
            .SelectMany(named => ((IAttentionSiteHost)named.module).CreateSites().OfType<SubLayerSite>().Select(site => (named.name, site)))
            .ToList();

        layers.Count.ShouldBe(2, what);
        layers.ShouldAllBe(layer => layer.name.EndsWith('.' + name) && layer.site.MultiplyAccumulates == multiplyAccumulates);
        layers.ShouldAllBe(layer => layer.site.Heads == 1 && layer.site.HeadWidth * 8 * layer.site.HeadWidth == multiplyAccumulates);
        model.state_dict().Keys.ShouldBe(keys);
    }
}
