using System.Globalization;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Fixtures;

/// <summary>Parts that several checkpoints have.</summary>
internal static class FixtureParts
{
    /// <summary>DDIM as DiT is published with.</summary>
    public static FixtureComponent Ddim { get; } = Scheduler(
        "DDIMScheduler",
        """
        {
          "_class_name": "DDIMScheduler",
          "beta_end": 0.02,
          "beta_schedule": "linear",
          "beta_start": 0.0001,
          "clip_sample": false,
          "num_train_timesteps": 1000,
          "prediction_type": "epsilon",
          "set_alpha_to_one": true,
          "steps_offset": 0,
          "trained_betas": null
        }
        """);

    /// <summary>DPM-Solver++ as PixArt is published with.</summary>
    public static FixtureComponent DpmSolver { get; } = Scheduler(
        "DPMSolverMultistepScheduler",
        """
        {
          "_class_name": "DPMSolverMultistepScheduler",
          "algorithm_type": "dpmsolver++",
          "beta_end": 0.02,
          "beta_schedule": "linear",
          "beta_start": 0.0001,
          "dynamic_thresholding_ratio": 0.995,
          "euler_at_final": false,
          "final_sigmas_type": "zero",
          "lambda_min_clipped": -Infinity,
          "lower_order_final": true,
          "num_train_timesteps": 1000,
          "prediction_type": "epsilon",
          "sample_max_value": 1.0,
          "solver_order": 2,
          "solver_type": "midpoint",
          "steps_offset": 0,
          "thresholding": false,
          "timestep_spacing": "linspace",
          "trained_betas": null,
          "use_karras_sigmas": false,
          "use_lu_lambdas": false,
          "variance_type": null
        }
        """);

    /// <summary>The autoencoder of Stable Diffusion or SDXL. The tiny one too makes eight pixels of a cell.</summary>
    /// <param name="isTiny">Whether it is the tiny one.</param>
    /// <param name="sampleSize">Pixels that it was trained on.</param>
    /// <param name="scale">Scaling of latents.</param>
    public static FixtureComponent Vae(bool isTiny, int sampleSize, double scale)
    {
        var (channels, groups, layers) = isTiny ? ("8, 8, 16, 16", 4, 1) : ("128, 256, 512, 512", 32, 2);
        var config = $$"""
            {
              "_class_name": "AutoencoderKL",
              "act_fn": "silu",
              "block_out_channels": [{{channels}}],
              "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
              "in_channels": 3,
              "latent_channels": 4,
              "layers_per_block": {{layers}},
              "norm_num_groups": {{groups}},
              "out_channels": 3,
              "sample_size": {{sampleSize}},
              "scaling_factor": {{scale.ToString(CultureInfo.InvariantCulture)}},
              "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]
            }
            """;
        return new FixtureComponent("vae", "diffusers", "AutoencoderKL") { Config = config, Model = () => new AutoencoderKL(AutoencoderKLConfig.Parse(config), META) };
    }

    /// <summary>T5 v1.1 XXL's encoder, in two files as it is published, or a tiny one.</summary>
    /// <param name="isTiny">Whether it is the tiny one.</param>
    /// <param name="tinyWidth">Width of the tiny one's states.</param>
    public static FixtureComponent TextEncoder(bool isTiny, int tinyWidth)
    {
        var config = isTiny ? TinyT5.Config(tinyWidth) : new T5Config();
        return new FixtureComponent("text_encoder", "transformers", "T5EncoderModel")
        {
            Config = config.ToJson(), WeightsName = "model", Model = () => new T5Encoder(config, device: META), IsSharded = true,
        };
    }

    /// <summary>A small SentencePiece model of our own.</summary>
    /// <param name="length">Tokens of a prompt.</param>
    public static FixtureComponent Tokenizer(int length)
        => new("tokenizer", "transformers", "T5Tokenizer") { WriteMore = folder => TinyT5.WriteTokenizer(folder, length) };

    private static FixtureComponent Scheduler(string name, string config)
        => new("scheduler", "diffusers", name) { ConfigFile = "scheduler_config.json", Config = config };
}
