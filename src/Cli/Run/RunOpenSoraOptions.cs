using System.CommandLine;
using System.Globalization;
using DiTFastAttn.Cli.Generate;
using DiTFastAttn.Cli.Plans;
using DiTFastAttn.Cli.Search;

namespace DiTFastAttn.Cli.Run;

/// <summary>What <c>run opensora</c> has of the authors' <c>run_opensora.py</c> beyond <see cref="RunOptions"/>.</summary>
internal static class RunOpenSoraOptions
{
    /// <summary>The published transformer.</summary>
    public const string Published = "hpcai-tech/OpenSora-STDiT-v2-stage3";

    public static readonly Option<string?> Model = ValueOption.Make<string?>(
        ["--ckpt-path", "--ckpt_path", "--model"], "PATH", $"The model's folder or checkpoint, as it is or below checkpoints/; {Published} where not given.", text => text, _ => Published);

    public static readonly Option<int> Steps = ValueOption.Integer(
        ["--num-sampling-steps", "--num_sampling_steps", "--n-steps", "--n_steps"], "Denoising steps.", 100, 1, 1000);

    public static readonly Option<AttentionWindow?> Window = ValueOption.Make<AttentionWindow?>(
        ["--window"], "WINDOW", "A window over rows and columns, as 8x8, or over frames too, as 1x8x8, instead of --window-size.", ParseWindow);

    public static readonly Option<string?> SaveFolder = ValueOption.Text(["--save-dir", "--save_dir"], "DIR", "Where to write, as --out; output/opensora where neither is given.");

    public static readonly Option<string> SampleName = ValueOption.Make(["--sample-name", "--sample_name"], "NAME", "The videos' names begin with it.", text => text, _ => "sample");

    public static readonly Option<int?> StartIndex = ValueOption.OptionalInteger(["--start-index", "--start_index"], "First prompt, from 0.", 0);

    public static readonly Option<int?> EndIndex = ValueOption.OptionalInteger(["--end-index", "--end_index"], "The prompt behind the last.", 0);

    public static readonly Option<int> Samples = ValueOption.Integer(["--num-sample", "--num_sample"], "Videos of each prompt.", 1, 1);

    public static readonly Option<bool> PromptAsPath = new("--prompt-as-path", "--prompt_as_path") { Description = "Name each video by its prompt." };

    public static readonly Option<string?> PromptFile = ValueOption.Text(
        ["--prompt-path", "--prompt_path", "--prompts"], "FILE", "Prompts, one a line; data/t2v_samples.txt where it is there, else ten of our own.");

    public static readonly Option<string[]> Prompts = Several(["--prompt"], "TEXT", "Prompts, instead of a file.");

    public static readonly Option<string[]> References = Several(["--reference-path", "--reference_path"], "FILE;…", "Pictures that videos begin from: for each prompt one text, files with semicolons between.");

    public static readonly Option<string[]> Strategies = Several(["--mask-strategy", "--mask_strategy"], "GROUPS", "Where references go, for each prompt.");

    public static readonly Option<int[]> Size = new("--image-size", "--image_size")
    {
        HelpName = "H W", Description = "Height and width in pixels; 240 426 where neither it nor --resolution is given.", Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true,
        CustomParser = result =>
        {
            var sides = result.Tokens.Select(token => int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side is >= 8 and <= 8192 ? side : 0).ToArray();
            if (sides.Contains(0))
            {
                result.AddError($"--image-size {string.Join(' ', result.Tokens.Select(token => token.Value))}: give height and width, whole numbers from 8 to 8192.");
            }

            return sides;
        },
    };

    public static readonly Option<int?> Batch = ValueOption.OptionalInteger(["--batch-size", "--batch_size"], "Taken and not used, as in the authors' program: the search takes --n-calib videos at a time, the rest one.", 1);

    /// <summary>All of them, those of videos and of searches too.</summary>
    public static IReadOnlyList<Option> All =>
    [
        Model, Steps, Window, SaveFolder, SampleName, StartIndex, EndIndex, Samples, PromptAsPath, PromptFile, Prompts, References, Strategies, Size, Batch, SearchedSites.Option,
        VideoOptions.Frames, VideoOptions.Fps, VideoOptions.FrameInterval, VideoOptions.Resolution, VideoOptions.Aspect, VideoOptions.Loop, VideoOptions.ConditionFrames, VideoOptions.Ffmpeg,
        StorageOptions.Dtype, StorageOptions.OnHost, CommonOptions.Resume, CommonOptions.Device, CommonOptions.Dtype, CommonOptions.Threads, CommonOptions.Out, CommonOptions.Json,
    ];

    private static Option<string[]> Several(string[] names, string help, string description) => new(names[0], names[1..])
    {
        HelpName = help, Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true,
    };

    private static AttentionWindow? ParseWindow(string text)
    {
        try
        {
            return AttentionWindow.Parse(text);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw new FormatException(error.Message.Split(" (Parameter", 2)[0].TrimEnd('.'), error);
        }
    }
}
