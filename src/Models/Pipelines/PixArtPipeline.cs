using System.Globalization;
using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// PixArt-α and PixArt-Σ from prompt to picture: diffusers' folder (<c>PixArtAlphaPipeline</c>, <c>PixArtSigmaPipeline</c>), or the authors' file with
/// such a folder for the rest. The conditional half is last. The text encoder is loaded for <see cref="Prepare"/> and freed before the transformer is
/// loaded.
/// </summary>
public sealed class PixArtPipeline : PicturePipeline
{
    /// <summary>The class of α's folders.</summary>
    internal const string AlphaClass = "PixArtAlphaPipeline";

    private const int AlphaTokens = 120;
    private const int SigmaTokens = 300;
    private const string TextEncoder = "text_encoder";

    private readonly PipelineFolder _files;
    private readonly T5Tokenizer _tokenizer;
    private readonly ScalarType _textDtype;
    private readonly LateTransformer<PixArtModel> _transformer;
    private readonly PromptStates _prompts = new();

    private PixArtPipeline(
        string name, PipelineFolder files, PixArtGeometry geometry, int captionTokens, ScalarType? asked, ScalarType dtype, LateTransformer<PixArtModel> transformer,
        Device device)
        : base(name, files.Scheduler(), CheckedText(files, geometry, asked, device, out var tokenizer, out var textDtype).Vae(device), dtype, device)
    {
        (_files, _tokenizer, _textDtype, _transformer) = (files, tokenizer, textDtype, transformer);
        (Geometry, CaptionTokens) = (geometry, captionTokens);
    }

    /// <summary>Sizes of inputs and outputs.</summary>
    public PixArtGeometry Geometry { get; }

    /// <inheritdoc/>
    /// <remarks>Loaded at the first need.</remarks>
    public override nn.Module Transformer => _transformer.Model;

    /// <inheritdoc/>
    internal override nn.Module Outline => _transformer.Outline;

    /// <inheritdoc/>
    public override PictureSettings Defaults { get; } = new() { Steps = 20, GuidanceScale = 4.5 };

    /// <summary>Tokens that a prompt is cut off at.</summary>
    public int CaptionTokens { get; }

    /// <summary>Opens a folder; the transformer and the text encoder are loaded when they are needed.</summary>
    /// <param name="folder">With <c>transformer/</c> and, unless <paramref name="components"/> has them, all other components.</param>
    /// <param name="dtype">Dtype of transformer and text encoder; what <see cref="WeightSources.RunDtype"/> says of each where it is <see langword="null"/>.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="components">A folder for what the first lacks: Σ is published as transformers, with one pipeline for all of them.</param>
    /// <exception cref="WeightFileException">A file is missing or damaged, or it is another model's; the message names it.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer is missing or damaged.</exception>
    /// <exception cref="NotEnoughMemoryException">It would not fit.</exception>
    public static PixArtPipeline Load(string folder, ScalarType? dtype, Device device, string? components = null)
    {
        var files = new PipelineFolder(folder, components);
        var config = files.Config("transformer", "config.json", PixArtTransformerConfig.Parse);
        ScalarType run;
        using (var weights = files.Weights("transformer"))
        {
            run = dtype ?? weights.RunDtype(device);
        }

        var transformer = LateTransformer<PixArtModel>.Of(
            () => new PixArtTransformer(config), (model, source) => model.LoadWeights(source), (source, outline) => source.Check(outline),
            () => files.Weights("transformer"), file => file, run, device);
        return Owning(transformer, () => new PixArtPipeline(
            folder, files, config.Geometry, files.ClassName == AlphaClass ? AlphaTokens : SigmaTokens, dtype, run, transformer, device));
    }

    /// <summary>Opens the authors' file.</summary>
    internal static PixArtPipeline Load(OriginalCheckpoint checkpoint, string path, ScalarType? dtype, Device device, string components)
    {
        var config = checkpoint.PixArt();
        var run = dtype ?? checkpoint.Weights.RunDtype(device);
        var transformer = LateTransformer<PixArtModel>.Of(
            () => new PixArtMS(config), (model, source) => model.LoadWeights(source),
            (source, outline) => PixArtKeyMap.WithoutBuffers(source).Check(outline, PixArtKeyMap.Buffers),
            () => WeightFile.Open(path), file => new OriginalCheckpoint(file, path).Weights, run, device);
        return Owning(transformer, () => new PixArtPipeline(path, new PipelineFolder(components), config.Geometry, config.ModelMaxLength, dtype, run, transformer, device));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Prepare(
        IReadOnlyList<PictureRequest> pictures, PictureSettings settings, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(settings);
        var (height, width) = LatentPixels(settings);
        var notes = new List<string>();
        if ((height, width) != Wished(settings))
        {
            var (wishedHeight, wishedWidth) = Wished(settings);
            var bins = AspectRatioBins.Of(Geometry.SampleSize);
            var ratio = (double)wishedHeight / wishedWidth;
            var isOutside = ratio < bins[0].Ratio || ratio > bins[^1].Ratio;
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"size {wishedHeight}x{wishedWidth}: {(isOutside ? $"its ratio {ratio:0.##} is outside the model's {bins[0].Ratio} to {bins[^1].Ratio}; " : "")}drawn at {height}x{width}, the trained size of the nearest aspect ratio, then resized and cropped to {wishedHeight}x{wishedWidth}"));
        }

        if (pictures.FirstOrDefault(picture => picture.Prompt is null) is { } without)
        {
            throw new ArgumentException($"picture {without.Number} has no prompt, and {Name} draws from text.", nameof(pictures));
        }

        var prompts = pictures.Select(picture => picture.Prompt!);
        if (settings.GuidanceScale > 1)
        {
            prompts = prompts.Concat(pictures.Select(picture => picture.NegativePrompt));
        }

        string[] missing = [.. prompts.Distinct(StringComparer.Ordinal).Where(prompt => !_prompts.Has(prompt))];
        if (missing.Length > 0)
        {
            Encode(missing, settings.CleansPrompts, notes, progress, cancellation);
        }

        return notes;
    }

    /// <inheritdoc/>
    public override RunRequest RunRequest(PictureSettings settings)
    {
        var (height, width) = LatentPixels(settings);
        return Sampler(_transformer.Outline, settings).RunRequest(height / CellPixels, width / CellPixels);
    }

    /// <inheritdoc/>
    public override GuidedTrajectory Begin(IReadOnlyList<PictureRequest> pictures, PictureSettings settings)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(settings);
        var sampler = Sampler(_transformer.Model, settings); // loads the transformer, which is to outlive the scope
        using var scope = NewDisposeScope();
        var (height, width) = LatentPixels(settings);
        long[] shape = [Geometry.InChannels, height / CellPixels, width / CellPixels];
        var latents = Noise(pictures, settings, 0, shape);
        List<string> prompts = [.. pictures.Select(picture => picture.Prompt!)];
        List<string> negative = settings.GuidanceScale > 1 ? [.. pictures.Select(picture => picture.NegativePrompt)] : [];
        var length = _prompts.Longest(prompts.Concat(negative));
        return sampler.Begin(
            _prompts.Together(prompts, length), negative.Count > 0 ? _prompts.Together(negative, length) : null, latents, step => Noise(pictures, settings, step + 1, shape));
    }

    /// <inheritdoc/>
    public override Tensor Decode(Tensor latents, PictureSettings settings)
    {
        using var pictures = base.Decode(latents, settings);
        var (height, width) = Wished(settings);
        return AspectRatioBins.ResizeAndCrop(pictures, height, width);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _transformer.Dispose();
            _prompts.Dispose();
        }
    }

    /// <summary>Makes sure before anything large is loaded that prompts can be read and encoded.</summary>
    private static PipelineFolder CheckedText(
        PipelineFolder files, PixArtGeometry geometry, ScalarType? asked, Device device, out T5Tokenizer tokenizer, out ScalarType dtype)
    {
        tokenizer = T5Tokenizer.Load(files.Component("tokenizer"));
        var config = files.Config(TextEncoder, "config.json", T5Config.Parse);
        if (config.DModel != geometry.CaptionChannels)
        {
            throw WeightFileException.About(
                Path.Combine(files.Component(TextEncoder), "config.json"), $"its states are {config.DModel} wide, and the transformer's captions {geometry.CaptionChannels}");
        }

        if (tokenizer.VocabularySize > config.VocabSize)
        {
            throw WeightFileException.About(
                Path.Combine(files.Component(TextEncoder), "config.json"), $"its table has {config.VocabSize} rows, and the tokenizer gives ids up to {tokenizer.VocabularySize - 1}");
        }

        using var weights = files.Weights(TextEncoder);
        dtype = asked ?? weights.RunDtype(device);
        Memory.Require("the text encoder", PipelineFolder.BytesOf(weights, dtype), device);
        return files;
    }

    private (int Height, int Width) Wished(PictureSettings settings)
    {
        var side = Geometry.SampleSize * CellPixels;
        return (settings.Height ?? side, settings.Width ?? side);
    }

    /// <summary>The size that is drawn.</summary>
    private (int Height, int Width) LatentPixels(PictureSettings settings)
    {
        var (height, width) = Wished(settings);
        if (settings.UsesBins && AspectRatioBins.SampleSizes.Contains(Geometry.SampleSize))
        {
            return AspectRatioBins.Nearest(Geometry.SampleSize, height, width);
        }

        var unit = CellPixels * Geometry.PatchSize;
        return height > 0 && width > 0 && height % unit == 0 && width % unit == 0
            ? (height, width)
            : throw new ArgumentException($"size {height}x{width}: without aspect-ratio bins height and width have to be multiples of {unit}.", nameof(settings));
    }

    private void Encode(IReadOnlyList<string> prompts, bool clean, List<string> notes, IProgress<double>? progress, CancellationToken cancellation)
    {
        using var encoder = T5Encoder.Load(_files.Component(TextEncoder), _textDtype, Device);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (done, prompt) in prompts.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            using var tokens = _tokenizer.EncodeBatch([PixArtCaption.Prepare(prompt, clean)], CaptionTokens);
            notes.AddRange(tokens.Warnings);

            // Padding has no part in the states of the tokens, nor in cross-attention: it is not computed.
            using var count = tokens.Mask.sum();
            using var ids = tokens.Ids.narrow(1, 0, count.item<long>()).to(Device); // [1, n]
            _prompts.Add(prompt, encoder.forward(ids, null).DetachFromDisposeScope());
            progress?.Report((done + 1.0) / prompts.Count);
        }
    }

    private PixArtSampler Sampler(PixArtModel model, PictureSettings settings)
        => new(model, Scheduler, new PixArtSamplingOptions { Steps = settings.Steps, GuidanceScale = settings.GuidanceScale, CellPixels = CellPixels });
}
