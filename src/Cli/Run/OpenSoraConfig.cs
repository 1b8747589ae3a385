using System.CommandLine;
using System.Globalization;
using DiTFastAttn.Cli.Generate;

namespace DiTFastAttn.Cli.Run;

/// <summary>What a configuration file of OpenSora's scripts says, as options of <c>run opensora</c>; options that are given come before it.</summary>
internal static class OpenSoraConfig
{
    private static readonly string DefaultFile = Path.Combine("data", "sample.py");

    // Names that say what is so here anyway, or that the authors' program overrides: seed and batch size.
    private static readonly string[] Known =
    [
        "multi_resolution", "dtype", "batch_size", "seed", "model.type", "model.input_sq_size", "model.qk_norm", "model.enable_flash_attn", "model.enable_layernorm_kernel",
        "vae.type", "vae.cache_dir", "vae.micro_batch_size", "text_encoder.type", "text_encoder.cache_dir", "text_encoder.model_max_length", "scheduler.type", "scheduler.cfg_channel",
    ];

    /// <summary><c>--config</c></summary>
    public static readonly Option<string?> Option = ValueOption.Text(
        ["--config"], "FILE", "A configuration file of OpenSora's scripts; data/sample.py where it is there and none is given.");

    /// <summary>The call with what the file says, where there is one.</summary>
    /// <param name="call">The call.</param>
    /// <param name="guidanceScale">The option of the guidance scale.</param>
    /// <exception cref="UserErrorException">The file cannot be read, or a value does not fit.</exception>
    public static VerbCall Apply(VerbCall call, Option guidanceScale)
    {
        if (call.Get(Option) is not { } file)
        {
            return File.Exists(DefaultFile) ? Apply(call, guidanceScale, DefaultFile) : call;
        }

        return Apply(call, guidanceScale, file);
    }

    private static VerbCall Apply(VerbCall call, Option guidanceScale, string file)
    {
        var options = new Dictionary<string, Option>(StringComparer.Ordinal)
        {
            ["num_frames"] = VideoOptions.Frames, ["frame_interval"] = VideoOptions.FrameInterval, ["fps"] = VideoOptions.Fps, ["image_size"] = RunOpenSoraOptions.Size,
            ["loop"] = VideoOptions.Loop, ["condition_frame_length"] = VideoOptions.ConditionFrames, ["model.from_pretrained"] = RunOpenSoraOptions.Model,
            ["scheduler.num_sampling_steps"] = RunOpenSoraOptions.Steps, ["scheduler.cfg_scale"] = guidanceScale, ["prompt_path"] = RunOpenSoraOptions.PromptFile,
            ["prompt"] = RunOpenSoraOptions.Prompts, ["save_dir"] = RunOpenSoraOptions.SaveFolder, ["num_sample"] = RunOpenSoraOptions.Samples,
            ["sample_name"] = RunOpenSoraOptions.SampleName, ["reference_path"] = RunOpenSoraOptions.References, ["mask_strategy"] = RunOpenSoraOptions.Strategies,
            ["start_index"] = RunOpenSoraOptions.StartIndex, ["end_index"] = RunOpenSoraOptions.EndIndex,
        };
        List<string> words = [];
        List<string> unread = [];
        foreach (var (name, value) in Flat(PythonConfig.Read(file)))
        {
            if (!options.TryGetValue(name, out var option))
            {
                unread.AddRange(Known.Contains(name, StringComparer.Ordinal) ? [] : [name]);
            }
            else if (value is not null && !IsGiven(call, option))
            {
                words.AddRange([option.Name, .. value is IReadOnlyList<object?> items ? items.Select(Word) : [Word(value)]]);
            }
        }

        if (unread.Count > 0)
        {
            call.Terminal.Log.WriteLine($"ditfast: --config {file}: {string.Join(", ", unread)} {(unread.Count == 1 ? "is" : "are")} not read.");
        }

        return call.With(words, $"--config {file}");
    }

    /// <summary>A file's prompts give way to a file of prompts that is given, and the other way round; so do the two ways to say a size.</summary>
    private static bool IsGiven(VerbCall call, Option option) => call.IsGiven(option)
        || (option == RunOpenSoraOptions.Prompts && call.IsGiven(RunOpenSoraOptions.PromptFile))
        || (option == RunOpenSoraOptions.Size && (call.IsGiven(VideoOptions.Resolution) || call.IsGiven(VideoOptions.Aspect)))
        || (option == RunOpenSoraOptions.SaveFolder && call.IsGiven(CommonOptions.Out));

    private static IEnumerable<(string Name, object? Value)> Flat(IReadOnlyDictionary<string, object?> values)
        => values.SelectMany(entry => entry.Value is IReadOnlyDictionary<string, object?> inner ? inner.Select(pair => ($"{entry.Key}.{pair.Key}", pair.Value)) : [(entry.Key, entry.Value)]);

    private static string Word(object? value) => value switch
    {
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "",
    };
}
