using DiTFastAttn.Models;
using TorchSharp;

namespace DiTFastAttn.Cli.Tests.Testing;

/// <summary>PixArt-Σ as diffusers lays it out, 32x32 pixels, in milliseconds; formula weights.</summary>
internal static class SomePixArt
{
    private const string Vae =
        """
        {"_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "block_out_channels": [8, 16], "layers_per_block": 1, "latent_channels": 4, "norm_num_groups": 4,
         "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"], "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"], "scaling_factor": 0.13025}
        """;

    /// <summary>The transformer in the authors' words.</summary>
    public static PixArtMSConfig Config { get; } = new()
    {
        InputSize = 16, HiddenSize = 24, NumHeads = 2, Depth = 2, CaptionChannels = 16, PeInterpolation = 1, ModelMaxLength = 300,
    };

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">Where to.</param>
    public static void Write(TemporaryFolder folder)
    {
        folder.Write("model_index.json", "{\"_class_name\": \"PixArtSigmaPipeline\"}");
        folder.Write("scheduler/scheduler_config.json", "{\"_class_name\": \"DPMSolverMultistepScheduler\"}");
        TinyT5.WriteTokenizer(folder["tokenizer"]);
        TinyT5.WriteEncoder(folder["text_encoder"], TinyT5.Config(Config.CaptionChannels));
        var config = PixArtKeyMap.ToDiffusers(Config);
        folder.Write("transformer/config.json", config.ToJson());
        using var transformer = new PixArtTransformer(config);
        Save(folder["transformer/diffusion_pytorch_model.safetensors"], transformer);
        WriteVae(folder);
    }

    /// <summary>Writes <c>vae/</c>: two pixels of a cell.</summary>
    /// <param name="folder">The pipeline's folder.</param>
    public static void WriteVae(TemporaryFolder folder)
    {
        folder.Write("vae/config.json", Vae);
        using var vae = new AutoencoderKL(AutoencoderKLConfig.Parse(Vae));
        Save(folder["vae/diffusion_pytorch_model.safetensors"], vae);
    }

    /// <summary>Writes the transformer as its authors do, with the weights of the folder's.</summary>
    /// <param name="path">The file.</param>
    public static void WriteOriginal(string path)
    {
        using var original = new PixArtMS(Config);
        using var noGrad = torch.no_grad();
        FormulaWeights.Fill(original);
        SafetensorsWriter.Write(path, original.state_dict());
    }

    /// <summary>Writes a module with formula weights.</summary>
    public static void Save(string path, torch.nn.Module model)
    {
        FormulaWeights.Fill(model);
        SafetensorsWriter.Write(path, model.state_dict());
    }
}
