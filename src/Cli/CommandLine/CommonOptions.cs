using System.CommandLine;
using DiTFastAttn.Evaluation;

namespace DiTFastAttn.Cli;

/// <summary>The options that mean the same for every verb, and the paper's names as aliases. A verb adds those it knows.</summary>
internal static class CommonOptions
{
    public static readonly Option<string?> Json = ValueOption.Text(["--json"], "FILE", "Write the result as JSON to FILE.");

    public static readonly Option<string?> Out = ValueOption.Text(["--out"], "DIR", "The folder to write to.");

    public static readonly Option<bool> Resume = new("--resume") { Description = "Go on where an earlier run stopped." };

    public static readonly Option<WorkerShare?> Worker = ValueOption.Make<WorkerShare?>(
        ["--worker"], "R/N", "Do the share of worker R of N, from 0; else what MPI, Slurm, torchrun or Kubernetes say.", WorkerShare.Parse);

    public static readonly Option<DeviceChoice> Device = ValueOption.Make(
        ["--device"], "cpu|cuda[:N]|auto", "The device to compute on.", DeviceChoice.Parse, _ => DeviceChoice.Auto);

    public static readonly Option<string?> Dtype = ValueOption.OptionalChoice(
        ["--dtype"], "The element type to compute in; float32 where not given, or that of published weights where this device computes in it.",
        "float32", "bfloat16", "float16");

    public static readonly Option<int?> Threads = ValueOption.OptionalInteger(
        ["--threads"], "CPU threads; all cores where not given.", 1, CpuThreads.Most);

    public static readonly Option<int> Seed = ValueOption.Integer(["--seed"], "Seed of all random numbers.", 0, 0);

    public static readonly Option<int> Steps = ValueOption.Integer(["--n-steps", "--n_steps"], "Denoising steps.", 50, 1, 1000);

    public static readonly Option<int> CalibrationSamples = ValueOption.Integer(
        ["--n-calib", "--n_calib"], "Samples that the plan search calibrates on.", 8, 1);

    public static readonly Option<int?> WindowSize = ValueOption.OptionalInteger(
        ["--window-size", "--window_size"], "Window w in tokens on each side; an eighth of the tokens where not given.", 0);

    public static readonly Option<double> Threshold = ValueOption.Number(["--threshold"], "Threshold δ of the plan search.", 0.05, 0);

    public static readonly Option<int> EvaluationImages = ValueOption.Integer(
        ["--eval-n-images", "--eval_n_images"], "Pictures to evaluate on.", 5000, 1);
}
