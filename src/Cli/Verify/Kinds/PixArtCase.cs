using System.Text.Json;
using DiTFastAttn.Models;
using DiTFastAttn.Models.DiT;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>What the kinds about PixArt share: models from configurations, calls from tensors.</summary>
internal static class PixArtCase
{
    /// <summary>The case's model with the case's weights; the caller owns it.</summary>
    /// <param name="file">The case.</param>
    /// <param name="config">The model's configuration: in diffusers' vocabulary where it names a class, else the authors'.</param>
    public static PixArtModel MakeModel(CaseFile file, JsonElement config)
    {
        PixArtModel made = config.Optional("_class_name") is null
            ? new PixArtMS(PixArtMSConfig.Parse(config.GetRawText()))
            : new PixArtTransformer(PixArtTransformerConfig.Parse(config.GetRawText()));
        return Layers.Ready(made, model => CaseWeights.Fill(file, model, model.LoadWeights));
    }
}
