using System.Text.Json;
using System.Text.Json.Nodes;
using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>Kinds whose cases are a list of inputs with an answer each, or a table.</summary>
/// <param name="name">The kind.</param>
/// <param name="answerOne">Computes one answer; a <see cref="FormatException"/> or <see cref="ArgumentException"/> is a refusal.</param>
internal sealed class OpenSoraTable(string name, Func<JsonElement, JsonNode?> answerOne) : ICaseKind
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ICaseKind> All { get; } =
    [
        new OpenSoraTable("opensora.aspect_tables", _ => Tables(VideoResolutions.All, withPixels: true)),
        new OpenSoraTable("opensora.ui_resolutions", _ => Tables(VideoResolutions.DemoPage, withPixels: false)),
        new OpenSoraTable("opensora.closest_ratio", Closest),
        new OpenSoraTable("opensora.conditioning", Conditioning),
        new OpenSoraTable("opensora.timestep_bf16", timestep => Rounded(timestep.GetDouble(), ScalarType.BFloat16)),
        new OpenSoraTable("opensora.length", Length),
        new OpenSoraTable("opensora.mask_threshold", item => FrameConditioning.Threshold(item.Number("mask"), item.Int("steps"))),
        new OpenSoraTable("opensora.mask_strategy.parse", item => new JsonArray(
            [.. MaskStrategy.Split(item.GetString()!).Select(group => new JsonArray([.. group.Select(field => JsonValue.Create(field))]))])),
        new OpenSoraTable("opensora.mask_strategy.apply", Apply),
        new OpenSoraTable("opensora.mask_strategy.loops", Loops),
        new OpenSoraTable("opensora.prompt_json", PromptInfo),
        new OpenSoraTable("opensora.prompt_loops", item => new JsonArray(
            [.. VideoPrompt.OfLoops(item.Text("prompt"), item.Int("loops")).Select(text => JsonValue.Create(OpenSoraCaption.Prepare(text)))])),
        new OpenSoraTable("opensora.caption", item => new JsonObject
        {
            ["once"] = OpenSoraCaption.CleanOnce(item.GetString()!),
            ["text"] = OpenSoraCaption.Prepare(item.GetString()!),
        }),
    ];

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var input = file.Root.Member("in");
        if (input.ValueKind != JsonValueKind.Array)
        {
            foreach (var (key, value) in answerOne(input)!.AsObject().ToList())
            {
                answer.Out[key] = value?.DeepClone();
            }

            return;
        }

        var recorded = file.Root.Items("out").ToArray();
        answer.OutList = new JsonArray([.. input.EnumerateArray().Select((item, index) => AnswerOrRefuse(item, index < recorded.Length ? recorded[index] : default))]);
    }

    /// <summary>A refusal is answered with the recorded error, whose name is the reference's and need not be ours.</summary>
    private JsonNode? AnswerOrRefuse(JsonElement item, JsonElement recorded)
    {
        try
        {
            return answerOne(item);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return recorded.Optional("error") is { } name ? new JsonObject { ["error"] = name.GetString() } : new JsonObject { ["error"] = error.Message };
        }
    }

    private static JsonObject Tables(IReadOnlyList<VideoResolution> resolutions, bool withPixels)
    {
        var tables = new JsonObject();
        foreach (var resolution in resolutions)
        {
            var sizes = new JsonObject();
            foreach (var aspect in resolution.Aspects)
            {
                sizes[aspect.Ratio] = new JsonArray(aspect.Height, aspect.Width);
            }

            tables[resolution.Name] = withPixels ? new JsonObject { ["pixels"] = resolution.Pixels, ["ratios"] = sizes } : sizes;
        }

        return tables;
    }

    private static JsonObject Closest(JsonElement item)
    {
        var aspect = VideoResolutions.Named(item.Text("table")).Closest(item.Number("height"), item.Number("width"));
        return new JsonObject { ["ratio"] = aspect.Ratio, ["size"] = new JsonArray(aspect.Height, aspect.Width) };
    }

    private static JsonObject Conditioning(JsonElement item)
    {
        var size = item.Longs("image_size");
        var video = new VideoConditioning(item.Int("num_frames"), (int)size[0], (int)size[1], item.Number("fps"));
        return new JsonObject
        {
            ["latent"] = new JsonArray(video.Frames, video.Latent.Rows, video.Latent.Columns),
            ["grid"] = new JsonArray(video.Frames, video.Grid.Rows, video.Grid.Columns),
            ["spatial_tokens"] = video.FrameTokens,
            ["base_size"] = Models.OpenSora.VideoPositions.BaseSize(video.FrameTokens),
            ["window_eighth"] = video.FrameTokens / 8.0,
            ["float32"] = Numbers(video, ScalarType.Float32),
            ["bfloat16"] = Numbers(video, ScalarType.BFloat16),
        };
    }

    private static JsonObject Numbers(VideoConditioning video, ScalarType dtype)
    {
        using var sizes = video.Sizes(1, dtype);
        var numbers = new JsonObject();
        foreach (var (name, values) in sizes.All)
        {
            using var wide = values.to(ScalarType.Float64);
            numbers[name] = wide.data<double>()[0];
        }

        var side = Math.Sqrt(numbers["height"]!.GetValue<double>() * numbers["width"]!.GetValue<double>());
        numbers["rs"] = side;
        numbers["pos_scale_512"] = side / 512;
        return numbers;
    }

    private static JsonValue Rounded(double value, ScalarType dtype)
    {
        using var exact = tensor(new[] { value });
        using var rounded = exact.to(dtype);
        using var wide = rounded.to(ScalarType.Float64);
        return JsonValue.Create(wide.data<double>()[0]);
    }

    private static JsonObject Length(JsonElement item)
    {
        var length = VideoLength.Of(
            item.Number("seconds"), item.Int("fps"), item.Int("frame_interval"), item.Int("condition_frame_length"), item.Int("clip_frames"));
        return new JsonObject
        {
            ["num_frames"] = length.Frames,
            ["loops"] = length.Loops,
            ["total_frames"] = length.TotalFrames,
            ["save_fps"] = length.SavedFps,
        };
    }

    /// <summary>Reference r (from 0) has frames 100·(r + 1) + f; the clip's are 0.</summary>
    private static JsonObject Apply(JsonElement item)
    {
        var frames = item.Int("frames");
        var references = item.Items("refs").Select(list => list.EnumerateArray().Select(count => count.GetInt32()).ToArray()).ToArray();
        var (masks, clips) = (new JsonArray(), new JsonArray());
        foreach (var (strategy, index) in item.Items("strategies").Select((strategy, index) => (strategy.GetString(), index)))
        {
            var (given, mask) = MaskStrategy.Apply(strategy, item.Int("loop"), references[index], frames);
            var clip = new int[frames];
            foreach (var frame in given)
            {
                clip[frame.Target] = (100 * (frame.Reference + 1)) + frame.Frame;
            }

            masks.Add(new JsonArray([.. mask.Select(value => JsonValue.Create((double)(decimal)value))]));
            clips.Add(new JsonArray([.. clip.Select(value => JsonValue.Create(value))]));
        }

        return new JsonObject { ["mask"] = masks, ["frames"] = clips };
    }

    private static JsonArray Loops(JsonElement item)
    {
        var strategy = item.Optional("strategy")?.GetString();
        var (strategies, references) = (new JsonArray(), item.Int("refs"));
        for (var loop = 0; loop < item.Int("loops"); loop++)
        {
            strategy = loop == 0 ? strategy : MaskStrategy.ForLoop(strategy, loop, references++, item.Int("condition_frame_length"));
            strategies.Add(strategy);
        }

        return strategies;
    }

    private static JsonObject PromptInfo(JsonElement item)
    {
        var (text, info) = VideoPrompt.SplitInfo(item.GetString()!);
        return new JsonObject { ["prompt"] = text, ["info"] = info.DeepClone() };
    }
}
