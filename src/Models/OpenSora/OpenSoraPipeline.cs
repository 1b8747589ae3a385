using DiTFastAttn.Models.OpenSora;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// OpenSora from prompt to video: transformer, text encoder and autoencoder from one folder or as they are published. The text encoder is loaded for
/// <see cref="Prepare"/> and freed before the transformer is loaded, at the first need.
/// </summary>
public sealed class OpenSoraPipeline : IDisposable
{
    private readonly OpenSoraFiles _files;
    private readonly ScalarType _textDtype;
    private readonly Device _device;
    private readonly PromptStates _texts = new();
    private readonly LateTransformer<STDiTModel> _transformer;
    private AutoencoderKL? _vae;

    private OpenSoraPipeline(string name, OpenSoraFiles files, STDiTConfig config, LateTransformer<STDiTModel> transformer, ScalarType dtype, ScalarType textDtype, Device device)
    {
        (Name, _files, Config, _transformer, Dtype, _textDtype, _device) = (name, files, config, transformer, dtype, textDtype, device);
    }

    /// <summary>What to call it in messages: the folder or file it was opened by.</summary>
    public string Name { get; }

    /// <summary>The transformer's sizes.</summary>
    public STDiTConfig Config { get; }

    /// <summary>The transformer's dtype.</summary>
    public ScalarType Dtype { get; }

    /// <summary>The transformer, to be attached; stays the pipeline's.</summary>
    /// <exception cref="WeightFileException">Its weights are damaged or do not fit.</exception>
    /// <exception cref="NotEnoughMemoryException">It would not fit into memory.</exception>
    public STDiTModel Transformer => _transformer.Model;

    /// <summary>The transformer's names, shapes and sites, to hold plans against before its weights are loaded.</summary>
    internal STDiTModel Outline => _transformer.Outline;

    /// <summary>Whether a path is OpenSora's by what it says of itself.</summary>
    /// <param name="path">A folder, or a transformer's checkpoint.</param>
    /// <param name="components">A folder for the parts that the first lacks.</param>
    public static bool Describes(string path, string? components = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return OpenSoraFiles.Describes(path, components);
    }

    /// <summary>Opens the parts: configurations are read and held against each other, and weights have to be there; they are loaded when they are needed.</summary>
    /// <param name="path">A folder with <c>transformer/</c>, a transformer's own folder, or its checkpoint.</param>
    /// <param name="dtype">Dtype of transformer and text encoder; what <see cref="WeightSources.RunDtype"/> says of each where it is <see langword="null"/>.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="components">A folder for the parts that the first lacks.</param>
    /// <exception cref="WeightFileException">A file is missing or damaged, or parts do not fit together; the message names it.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer is missing or damaged.</exception>
    /// <exception cref="NotEnoughMemoryException">One of them would not fit into memory.</exception>
    public static OpenSoraPipeline Load(string path, ScalarType? dtype, Device device, string? components = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var files = OpenSoraFiles.Find(path, components);

        // A checkpoint alone says nothing of itself: it is the released one.
        var config = File.Exists(path) && !File.Exists(Path.Combine(files.Config, OpenSoraFiles.ConfigFile)) ? new STDiTConfig() : Read(files.Config, STDiTConfig.Parse);
        var vae = Read(files.Vae, AutoencoderKLConfig.Parse);
        var text = Read(files.TextEncoder, T5Config.Parse);
        Require(
            vae.LatentChannels == config.InChannels && vae.SpatialFactor == VideoConditioning.LatentScale,
            files.Vae, $"its latents have {vae.LatentChannels} channels and cells of {vae.SpatialFactor} pixels; the transformer takes {config.InChannels} and {VideoConditioning.LatentScale}");
        Require(text.DModel == config.CaptionChannels, files.TextEncoder, $"its states are {text.DModel} wide, and the transformer's captions {config.CaptionChannels}");
        var run = RunDtype("the transformer", files.Weights, Transformer);
        var textRun = RunDtype("the text encoder", files.TextEncoder, file => file);
        WeightFile.Open(files.Vae).Dispose();
        _ = T5Tokenizer.Load(files.Tokenizer);
        var transformer = LateTransformer<STDiTModel>.Of(
            () => STDiTModel.Create(config), (model, source) => model.LoadWeights(source), (source, outline) => new STDiTWeights(source, config).Check(outline, STDiTWeights.Computed),
            () => WeightFile.Open(files.Weights), Transformer, run, device);
        return new OpenSoraPipeline(path, files, config, transformer, run, textRun, device);

        static IWeightSource Transformer(WeightFile file) => file.Section("ema", "model", "state_dict");

        ScalarType RunDtype(string what, string place, Func<WeightFile, IWeightSource> section)
        {
            using var file = WeightFile.Open(place);
            var weights = section(file);
            var chosen = dtype ?? weights.RunDtype(device);
            Memory.Require(what, PipelineFolder.BytesOf(weights, chosen), device);
            return chosen;
        }
    }

    /// <summary>Encodes texts, cleaned as OpenSora cleans them; what was encoded before is kept.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellation">Stops between texts.</param>
    /// <returns>A line for each text that was cut off at the model's longest.</returns>
    /// <exception cref="WeightFileException">The text encoder is damaged.</exception>
    public IReadOnlyList<string> Prepare(IEnumerable<string> texts, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        string[] missing = [.. texts.Distinct(StringComparer.Ordinal).Where(text => !_texts.Has(text))];
        if (missing.Length == 0)
        {
            return [];
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var notes = new List<string>();
        var tokenizer = T5Tokenizer.Load(_files.Tokenizer);
        using var encoder = T5Encoder.Load(_files.TextEncoder, _textDtype, _device);
        foreach (var (done, text) in missing.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            using var tokens = tokenizer.EncodeBatch([OpenSoraCaption.Prepare(text)], Config.ModelMaxLength);
            notes.AddRange(tokens.Warnings);

            // Padding has no part in the states of the tokens, nor in cross-attention: it is not computed.
            var count = tokens.Mask.sum().item<long>();
            _texts.Add(text, encoder.forward(tokens.Ids.narrow(1, 0, count).to(_device), null).to(ScalarType.Float32).DetachFromDisposeScope());
            progress?.Report((done + 1.0) / missing.Length);
        }

        return notes;
    }

    /// <summary>Encoded texts, one row each, as long as the longest; the caller owns the tensors.</summary>
    /// <param name="texts">Texts that were prepared.</param>
    /// <exception cref="InvalidOperationException">One was not.</exception>
    public VideoText TextOf(params IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.FirstOrDefault(text => !_texts.Has(text)) is { } unknown)
        {
            throw new InvalidOperationException($"the text '{unknown}' was not prepared.");
        }

        using var scope = NewDisposeScope();
        var captions = _texts.Together(texts, _texts.Longest(texts));
        return new VideoText(captions.States.unsqueeze(1).MoveToOuterDisposeScope(), captions.Mask!.MoveToOuterDisposeScope()); // [n, L, d] -> [n, 1, L, d]
    }

    /// <summary>A sampler of the transformer.</summary>
    /// <param name="options">Steps and guidance.</param>
    /// <exception cref="ArgumentException">Model and options do not fit together.</exception>
    public OpenSoraSampler Sampler(OpenSoraSamplingOptions options) => new(Transformer, options);

    /// <summary>What a run is, for <see cref="AttachedModel.BeginRun(RunRequest)"/>; no weights are loaded for it.</summary>
    /// <param name="options">Steps and guidance.</param>
    /// <param name="size">The videos' size.</param>
    /// <exception cref="ArgumentException">Model and options do not fit together.</exception>
    internal RunRequest RunRequest(OpenSoraSamplingOptions options, VideoConditioning size) => new OpenSoraSampler(Outline, options).RunRequest(size);

    /// <summary>The autoencoder for videos of a size: a few frames at a time, so that memory does not grow with the video; fewer, and in tiles, where memory is short.</summary>
    /// <param name="size">The videos' size.</param>
    /// <exception cref="WeightFileException">Its weights are damaged or do not fit.</exception>
    public IVideoCodec Codec(VideoConditioning size)
    {
        ArgumentNullException.ThrowIfNull(size);
        _vae ??= PipelineFolder.VaeIn(_files.Vae, _device);
        _vae.Tiling = null;
        if (Memory.Available is not { } available || Bytes(AutoencoderVideoCodec.UsualFrames) <= available / 2)
        {
            return new AutoencoderVideoCodec(_vae, AutoencoderVideoCodec.UsualFrames);
        }

        _vae.Tiling = Bytes(1) > available / 2 ? VaeTiling.For(_vae.Config) : null;
        return new AutoencoderVideoCodec(_vae, framesAtATime: 1);

        long Bytes(int frames) => _vae.DecodingBytes([frames, Config.InChannels, size.Latent.Rows, size.Latent.Columns]);
    }

    /// <summary>A picture as a reference of one frame: brought to the video's size, what stands over is cut off, and encoded.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="size">The videos' size.</param>
    /// <returns><c>[C, 1, h, w]</c>; the caller owns it.</returns>
    public Tensor Reference(RgbImage image, VideoConditioning size)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(size);
        using var scope = NewDisposeScope();
        var picture = PillowResize.Fill(image, size.Width, size.Height).ToTensor().to(_device);
        return Codec(size).Encode(picture.unsqueeze(1)).MoveToOuterDisposeScope(); // [3, H, W] -> [3, 1, H, W]
    }

    /// <summary>The one size that the model makes, or <see langword="null"/> where it makes any.</summary>
    /// <param name="fps">Frames a second.</param>
    public VideoConditioning? OwnSize(double fps)
    {
        var (frames, rows, columns) = Config.InputSize;
        return Config.Version == STDiTVersion.STDiT ? new VideoConditioning(frames, rows * VideoConditioning.LatentScale, columns * VideoConditioning.LatentScale, fps) : null;
    }

    /// <summary>Refuses sizes that the model does not make.</summary>
    /// <param name="size">The videos' size.</param>
    /// <exception cref="ArgumentException">STDiT makes one size and length only.</exception>
    public void Check(VideoConditioning size)
    {
        ArgumentNullException.ThrowIfNull(size);
        if (OwnSize(size.Fps) is { } own && (size.Frames, size.Latent) != (own.Frames, own.Latent))
        {
            throw new ArgumentException(
                $"{size.Frames} frames of {size.Width}x{size.Height} pixels: this model makes {own.Frames} of {own.Width}x{own.Height} only.", nameof(size));
        }
    }

    /// <summary>Frees models and texts.</summary>
    public void Dispose()
    {
        _transformer.Dispose();
        _vae?.Dispose();
        _texts.Dispose();
    }

    private static T Read<T>(string folder, Func<string, T> parse) => PipelineFolder.ConfigIn(folder, OpenSoraFiles.ConfigFile, parse);

    private static void Require(bool fits, string folder, string what)
    {
        if (!fits)
        {
            throw WeightFileException.About(Path.Combine(folder, OpenSoraFiles.ConfigFile), what);
        }
    }
}
