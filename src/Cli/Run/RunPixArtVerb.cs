using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Run;

/// <summary><c>run pixart</c>: the paper's program for PixArt-Σ.</summary>
internal sealed class RunPixArtVerb : RunVerb
{
    private const string PublishedComponents = "pixart_sigma_sdxlvae_T5_diffusers";

    // What is drawn where neither MS COCO nor a file of prompts is there.
    private static readonly string[] OwnPrompts =
    [
        "A red bicycle leaning against a white brick wall.",
        "A bowl of fruit on a wooden table beside a window.",
        "Two dogs running along a beach at sunset.",
        "A train passing a station in the snow.",
        "A cup of coffee next to an open book.",
        "A street market with many colourful umbrellas.",
        "A lighthouse on a cliff above a rough sea.",
        "A kitchen with a stove, a sink and green tiles.",
    ];

    public RunPixArtVerb()
        : base(
            "pixart",
            "Calibrate, search, draw and measure PixArt, with the options of the authors' run_pixart.py.",
            new RunDefaults("PixArt-alpha/PixArt-Sigma-XL-2-1024-MS", 8, 64, 30_000, 1, "data/real_images_coco_30k", 1, 4.5))
    {
        Add(Script.NegativePrompt);
        Add(Script.CocoPath);
        Add(Script.PromptFile);
    }

    /// <inheritdoc/>
    /// <remarks>Σ is published as transformers, with one pipeline for all of them beside.</remarks>
    protected override string? ComponentsOf(VerbCall call, string model)
    {
        var published = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(model))!, PublishedComponents);
        return base.ComponentsOf(call, model) ?? (!Directory.Exists(Path.Combine(model, "text_encoder")) && Directory.Exists(published) ? published : null);
    }

    /// <inheritdoc/>
    protected override void RequireKind(PicturePipeline pipeline)
    {
        if (pipeline is not PixArtPipeline)
        {
            throw new UserErrorException($"--model {pipeline.Name}: draws classes; this program is for PixArt: use 'run dit'.");
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<PictureRequest> CalibrationPictures(VerbCall call, PicturePipeline pipeline, int count, long seed)
    {
        var prompts = Prompts(call);
        var random = new NumpyRandom((uint)seed);
        return [.. Enumerable.Range(0, count).Select(i => Picture(call, FirstCalibrationNumber + i, prompts[random.NextBelow(prompts.Count)]))];
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<PictureRequest> EvaluationPictures(VerbCall call, PicturePipeline pipeline, int count, long seed)
    {
        var prompts = Prompts(call);
        return [.. Enumerable.Range(0, count).Select(i => Picture(call, i, prompts[i % prompts.Count]))];
    }

    /// <inheritdoc/>
    protected override string TitleEnd(VerbCall call)
    {
        const int Longest = 60;
        if (call.Get(Script.NegativePrompt) is not { Length: > 0 } negative)
        {
            return "";
        }

        // As it is where a file may be called so; a digest keeps others apart.
        var name = string.Concat(negative.Take(Longest).Select(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or ',' ? c : '_'));
        return "_negative_prompt" + (name == negative ? name : $"{name}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(negative)))[..8]}");
    }

    private PictureRequest Picture(VerbCall call, int number, string prompt)
        => new(number) { Prompt = prompt, NegativePrompt = call.Get(Script.NegativePrompt) ?? "" };

    private IReadOnlyList<string> Prompts(VerbCall call)
    {
        if (call.Get(Script.PromptFile) is { } file)
        {
            string[] lines = File.Exists(file) ? [.. File.ReadAllLines(file).Where(line => line.Trim().Length > 0)] : throw new UserErrorException($"--prompts {file}: there is no such file.");
            return lines.Length > 0 ? lines : throw new UserErrorException($"--prompts {file}: it has no prompt; give one a line.");
        }

        var coco = Path.Combine(call.Get(Script.CocoPath)!, "annotations", "captions_val2014.json");
        if (File.Exists(coco))
        {
            return ReadCoco(coco);
        }

        if (call.IsGiven(Script.CocoPath))
        {
            throw new UserErrorException($"--coco-path {call.Get(Script.CocoPath)}: there is no '{coco}'.");
        }

        return OwnPrompts;
    }

    private static List<string> ReadCoco(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. document.RootElement.GetProperty("annotations").EnumerateArray().Select(annotation => annotation.GetProperty("caption").GetString()!)];
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UserErrorException($"'{path}': it is not MS COCO's list of captions ({error.Message.Split('\n')[0]}).", error);
        }
    }
}
