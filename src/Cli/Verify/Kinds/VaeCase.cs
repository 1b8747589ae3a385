using System.Text.Json;
using DiTFastAttn.Models;
using DiTFastAttn.Models.DiT;
using TorchSharp;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>What the kinds about autoencoders share: the case's model, with its slicing and tiling.</summary>
internal static class VaeCase
{
    /// <summary>The case's model with the case's weights; the caller owns it.</summary>
    public static AutoencoderKL MakeModel(CaseFile file)
    {
        return Layers.Ready(new AutoencoderKL(AutoencoderKLConfig.Parse(file.Config.GetRawText())), model =>
        {
            CaseWeights.Fill(file, model, model.LoadWeights);
            model.Slicing = file.Call.Flag("slicing");
            model.Tiling = file.Call.Flag("tiling") ? Tiling(file.Call, model.Config) : null;
        });
    }

    /// <summary>Takes the values on the way that the case has.</summary>
    public static Action<string, torch.Tensor> Middle(CaseFile file, CaseAnswer answer) => (part, value) =>
    {
        if (file.HasTensor($"mid.{part}"))
        {
            answer.Add($"mid.{part}", value.clone());
        }
    };

    private static VaeTiling Tiling(JsonElement call, AutoencoderKLConfig config)
    {
        var defaults = VaeTiling.For(config);
        return new VaeTiling(
            call.Optional("tile_sample_min_size") is null ? defaults.SampleSize : call.Int("tile_sample_min_size"),
            call.Optional("tile_latent_min_size") is null ? defaults.LatentSize : call.Int("tile_latent_min_size"),
            call.Optional("tile_overlap_factor") is null ? defaults.Overlap : call.Number("tile_overlap_factor"));
    }
}
