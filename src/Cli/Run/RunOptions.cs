using System.CommandLine;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Search;

namespace DiTFastAttn.Cli.Run;

/// <summary>The options of the authors' scripts, under their names and ours.</summary>
/// <param name="defaults">The script's defaults.</param>
internal sealed class RunOptions(RunDefaults defaults)
{
    public readonly Option<string?> Model = ValueOption.Make<string?>(
        ["--model"], "DIR", $"The model's folder, as it is or below checkpoints/; {defaults.Model} where not given.", text => text, _ => defaults.Model);

    public readonly Option<int> CalibrationSamples = ValueOption.Integer(
        ["--n-calib", "--n_calib"], "Samples that the plan search calibrates on.", defaults.CalibrationSamples, 1);

    public readonly Option<double> Threshold = ValueOption.Number(["--threshold"], "Threshold δ of the plan search.", defaults.Threshold, 0);

    public readonly Option<int> WindowSize = ValueOption.Integer(["--window-size", "--window_size"], "Window w in tokens on each side.", defaults.WindowSize, 0);

    public readonly Option<bool> SequentialCalibration = new("--sequential-calib", "--sequential_calib")
    {
        Description = "A part of the names of plan, results and pictures, as in the authors' scripts; the search is the same with it and without.",
    };

    public readonly Option<string?> RealImages = ValueOption.Make<string?>(
        ["--eval-real-image-path", "--eval_real_image_path"], "DIR", "Real pictures for FID and IS.", text => text, _ => defaults.RealImages);

    public readonly Option<int> EvaluationImages = ValueOption.Integer(
        ["--eval-n-images", "--eval_n_images"], "Pictures to draw for the evaluation.", defaults.EvaluationImages, 1);

    public readonly Option<int> EvaluationBatch = ValueOption.Integer(["--eval-batchsize", "--eval_batchsize"], "Of these at a time.", defaults.EvaluationBatch, 1);

    public readonly Option<string?> Inception = ValueOption.Text(
        ["--inception"], "FILE", "The FID network's weights (pt_inception-2015-12-05-6726825d.pth): FID and Inception Score of the pictures.");

    public readonly Option<string?> Clip = ValueOption.Text(["--clip"], "DIR", "CLIP's folder (openai/clip-vit-base-patch16): CLIPScore of the pictures.");

    public readonly Option<bool> Debug = new("--debug") { Description = "Search and measure only: draw no pictures for the evaluation." };

    public readonly Option<bool> UseCache = new("--use-cache", "--use_cache") { Description = "Use the plan that an earlier run with these settings found." };

    public readonly Option<bool> RawEvaluation = new("--raw-eval", "--raw_eval") { Description = "No plan: full attention everywhere." };

    public readonly Option<string?> Ablation = ValueOption.Make<string?>(
        ["--ablation"], "ID,…", "Search with these strategies only, in this order; by our names or by the authors' (residual_window_attn, …).", text => text, _ => "");

    public readonly Option<string?> Metric = ValueOption.Make<string?>(
        ["--metric"], "ssim", "The loss of the search: the authors' relative difference where empty, or ssim.",
        text => text is "" or "ssim" ? text : throw new FormatException("give ssim, or leave it empty"), _ => "");

    public readonly Option<int> Seed = ValueOption.Integer(["--seed"], "Seed of all random numbers.", defaults.Seed, 0);

    public readonly Option<double> GuidanceScale = ValueOption.Number(
        ["--cfg-scale", "--cfg_scale"], "Classifier-free guidance; 1 and less for none.", defaults.GuidanceScale, 0);

    public readonly Option<string?> Plan = ValueOption.Text(["--plan"], "FILE|periodic:STRATEGY/N", "Use this plan instead of searching one.");

    public readonly Option<string?> Components = ValueOption.Text(["--components"], "DIR", "A pipeline's folder for what the model's lacks.");

    public readonly Option<string?> NegativePrompt = ValueOption.Make<string?>(
        ["--negative-prompt", "--negative_prompt"], "TEXT", "What the pictures are not to show.", text => text, _ => "");

    public readonly Option<string?> CocoPath = ValueOption.Make<string?>(
        ["--coco-path", "--coco_path"], "DIR", "MS COCO: prompts are its annotations/captions_val2014.json.", text => text, _ => "data/mscoco");

    public readonly Option<string?> PromptFile = ValueOption.Text(["--prompts"], "FILE", "Prompts, one a line, instead of MS COCO's.");

    /// <summary>The options that both scripts have.</summary>
    public IEnumerable<Option> Common =>
    [
        Model, Components, CalibrationSamples, CommonOptions.Steps, Threshold, WindowSize, SequentialCalibration, RealImages, EvaluationImages, EvaluationBatch, Inception, Clip, Debug, UseCache,
        RawEvaluation, Ablation, Metric, TargetOptions.Flops, TargetOptions.Rounds, StorageOptions.Dtype, StorageOptions.OnHost, Seed, GuidanceScale, Plan, CommonOptions.Resume, CommonOptions.Device, CommonOptions.Dtype, CommonOptions.Threads,
        CommonOptions.Out, CommonOptions.Json,
    ];
}
