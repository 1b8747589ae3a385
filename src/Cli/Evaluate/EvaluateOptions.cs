using System.CommandLine;

namespace DiTFastAttn.Cli.Evaluate;

/// <summary>The options of <c>evaluate</c>.</summary>
internal static class EvaluateOptions
{
    public static readonly Argument<string?> Pictures = new("PICTURES|STUDY")
    {
        Description = "The pictures: a folder, a zip file, or MS COCO's folder; or a study (.json), which makes the paper's tables and figures of a model; or nothing, and a study by options (--model).",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static readonly Option<string?> Real = ValueOption.Text(
        ["--real"], "SET|FILE", "Real pictures, or a file of their statistics (.npz of pytorch-fid, .safetensors): FID, KID, precision and recall.");

    public static readonly Option<string?> Reference = ValueOption.Text(
        ["--reference"], "SET", "The same pictures made without a plan: PSNR, SSIM and LPIPS.");

    public static readonly Option<string?> Inception = ValueOption.Text(
        ["--inception"], "FILE", "The FID network's weights (pt_inception-2015-12-05-6726825d.pth), in any format.");

    public static readonly Option<string> FrontEnd = ValueOption.Choice(
        ["--front-end"], "Whose way into the FID network, for features.", "pytorch-fid", "pytorch-fid", "torch-fidelity");

    public static readonly Option<string> ScoreResizing = ValueOption.Choice(
        ["--is-resize"], "Resizing before the Inception Score: of the bytes as DiTFastAttn's program does, or the network's own.", "ditfastattn", "ditfastattn", "torch-fidelity");

    public static readonly Option<string> ScoreSplitting = ValueOption.Choice(
        ["--is-splitting"], "How the Inception Score's parts are cut.", "torchmetrics", "torchmetrics", "original");

    public static readonly Option<int> Splits = ValueOption.Integer(["--splits"], "Parts of the Inception Score.", 10, 1);

    public static readonly Option<int> Subsets = ValueOption.Integer(["--kid-subsets"], "Random subsets of KID.", 100, 1);

    public static readonly Option<int> SubsetSize = ValueOption.Integer(["--kid-subset-size"], "Pictures of each set in a subset; fewer where a set has fewer.", 1000, 2);

    public static readonly Option<int> Neighbours = ValueOption.Integer(["--neighbours"], "Nearest neighbours of precision and recall.", 3, 1);

    public static readonly Option<string> LpipsNetwork = ValueOption.Choice(["--lpips-net"], "The network of LPIPS.", "squeeze", "squeeze", "alex");

    public static readonly Option<string?> LpipsBackbone = ValueOption.Text(
        ["--lpips-backbone"], "FILE", "torchvision's weights of that network (squeezenet1_1-b8a52dc0.pth, alexnet-owt-7be5be79.pth).");

    public static readonly Option<string?> LpipsHeads = ValueOption.Text(["--lpips-heads"], "FILE", "The package lpips's weights of the channels (weights/v0.1/squeeze.pth).");

    public static readonly Option<string?> Clip = ValueOption.Text(["--clip"], "DIR", "CLIP's folder (openai/clip-vit-base-patch16): CLIPScore.");

    public static readonly Option<string?> Prompts = ValueOption.Text(
        ["--prompts"], "FILE", "A prompt a line for CLIPScore; else MS COCO's captions, or what the pictures themselves say.");

    public static readonly Option<ValueList<string>> Metrics = ValueOption.List(
        ["--metrics"], "NAME,…", "These only; all that there is something for where not given.", Parse, word => word, fallback: null);

    public static readonly Option<string?> SaveStatistics = ValueOption.Text(
        ["--save-statistics"], "FILE", "Write the pictures' statistics, for a later --real: .npz as pytorch-fid, or .safetensors.");

    public static readonly Option<string?> Csv = ValueOption.Text(["--csv"], "FILE", "Write the metrics as CSV to FILE.");

    public static readonly Option<bool> AllowSkips = new("--allow-skips") { Description = "Exit with 0 though pictures could not be read." };

    public static readonly Option<int> Batch = ValueOption.Integer(["--batch"], "Pictures at a time; a worker that is killed loses as many.", 1, 1);

    public static readonly Option<string?> Page = ValueOption.Text(["--page"], "DIR", "Write a study's page, plots and CSV to DIR too, beside --out.");

    /// <summary>All of them, and the common ones that the verb knows.</summary>
    public static IEnumerable<Option> All { get; } =
    [
        Real, Reference, Inception, FrontEnd, ScoreResizing, ScoreSplitting, Splits, Subsets, SubsetSize, Neighbours, LpipsNetwork, LpipsBackbone, LpipsHeads, Clip,
        Prompts, Metrics, SaveStatistics, AllowSkips, Batch, CommonOptions.Worker, Page, Csv, CommonOptions.Resume, CommonOptions.Seed, CommonOptions.Device, CommonOptions.Threads,
        CommonOptions.Out, CommonOptions.Json,
    ];

    private static string Parse(string text)
        => MetricNames.All.Contains(text, StringComparer.Ordinal) ? text : throw new FormatException($"give one of {string.Join(", ", MetricNames.All)}");
}
