using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;
using TorchSharp;

namespace DiTFastAttn.Cli.Tests.OpenSora;

/// <summary>A folder of OpenSora v1.1 that makes videos in a second: formula weights, a text encoder made by code.</summary>
internal static class TinyOpenSora
{
    /// <summary>Frames, rows and columns of tokens are up to the run; 4 heads, 2 blocks.</summary>
    public static STDiTConfig Config { get; } = new()
    {
        HiddenSize = 48, Depth = 2, NumHeads = 4, CaptionChannels = 32, ModelMaxLength = 16, InputSquareSize = 64, QkNorm = true,
    };

    private const string Vae =
        """
        {"_class_name": "AutoencoderKL", "block_out_channels": [8, 8, 8, 8], "layers_per_block": 1, "latent_channels": 4, "norm_num_groups": 4, "scaling_factor": 0.18215,
         "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
         "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]}
        """;

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="config">Another transformer.</param>
    public static void Write(TemporaryFolder folder, STDiTConfig? config = null)
    {
        config ??= Config;
        folder.Write("model_index.json", "{\"_class_name\": \"OpenSoraPipeline\"}");
        folder.Write("transformer/config.json", config.ToJson());
        using (var model = STDiTModel.Create(config))
        {
            FormulaWeights.Fill(model);
            FormulaWeights.Fill(model, ["y_embedder.y_embedding"]);
            SafetensorsWriter.Write(folder["transformer/model.safetensors"], model.state_dict());
        }

        folder.Write("vae/config.json", Vae);
        using (var vae = new AutoencoderKL(AutoencoderKLConfig.Parse(Vae)))
        {
            FormulaWeights.Fill(vae);
            SafetensorsWriter.Write(folder["vae/diffusion_pytorch_model.safetensors"], vae.state_dict());
        }

        TinyT5.WriteEncoder(folder["text_encoder"], TinyT5.Config(config.CaptionChannels));
        TinyT5.WriteTokenizer(folder["tokenizer"]);
    }
}
