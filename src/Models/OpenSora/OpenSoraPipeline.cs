using DiTFastAttn.Models.DiT;
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
    private const int FramesAtATime = 4;

    private readonly OpenSoraFiles _files;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly Dictionary<string, VideoText> _texts = new(StringComparer.Ordinal);
    private STDiTModel? _transformer;
    private AutoencoderKL? _vae;

    private OpenSoraPipeline(string name, OpenSoraFiles files, STDiTConfig config, ScalarType dtype, Device device)
    {
        (Name, _files, Config, _dtype, _device) = (name, files, config, dtype, device);
    }

    /// <summary>What to call it in messages: the folder or file it was opened by.</summary>
    public string Name { get; }

    /// <summary>The transformer's sizes.</summary>
    public STDiTConfig Config { get; }

    /// <summary>The transformer, to be attached; stays the pipeline's.</summary>
    /// <exception cref="WeightFileException">Its weights are damaged or do not fit.</exception>
    /// <exception cref="NotEnoughMemoryException">It would not fit into memory.</exception>
    public STDiTModel Transformer => _transformer ??= LoadTransformer();

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
    /// <param name="dtype">Dtype of transformer and text encoder.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="components">A folder for the parts that the first lacks.</param>
    /// <exception cref="WeightFileException">A file is missing or damaged, or parts do not fit together; the message names it.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer is missing or damaged.</exception>
    public static OpenSoraPipeline Load(string path, ScalarType dtype, Device device, string? components = null)
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
        foreach (var weights in new[] { files.Weights, files.Vae, files.TextEncoder })
        {
            WeightFile.Open(weights).Dispose();
        }

        _ = T5Tokenizer.Load(files.Tokenizer);
        return new OpenSoraPipeline(path, files, config, dtype, device);
    }

    /// <summary>Encodes texts, cleaned as OpenSora cleans them; what was encoded before is kept.</summary>
    /// <param name="texts">The texts.</param>
    /// <returns>A line for each text that was cut off at the model's longest.</returns>
    /// <exception cref="WeightFileException">The text encoder is damaged.</exception>
    /// <exception cref="NotEnoughMemoryException">It would not fit into memory.</exception>
    public IReadOnlyList<string> Prepare(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        string[] missing = [.. texts.Distinct(StringComparer.Ordinal).Where(text => !_texts.ContainsKey(text))];
        if (missing.Length == 0)
        {
            return [];
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using (var weights = WeightFile.Open(_files.TextEncoder))
        {
            Memory.Require("the text encoder", PipelineFolder.BytesOf(weights, _dtype));
        }

        var notes = new List<string>();
        var tokenizer = T5Tokenizer.Load(_files.Tokenizer);
        using var encoder = T5Encoder.Load(_files.TextEncoder, _dtype, _device);
        foreach (var text in missing)
        {
            using var tokens = tokenizer.EncodeBatch([OpenSoraCaption.Prepare(text)], Config.ModelMaxLength);
            notes.AddRange(tokens.Warnings);
            var mask = tokens.Mask.to(_device, copy: true); // [1, L]
            var states = encoder.forward(tokens.Ids.to(_device), mask).to(ScalarType.Float32).unsqueeze(1); // [1, L, d] -> [1, 1, L, d]
            _texts.Add(text, new VideoText(states.DetachFromDisposeScope(), mask.DetachFromDisposeScope()));
        }

        return notes;
    }

    /// <summary>Encoded texts, one row each; the caller owns the tensors.</summary>
    /// <param name="texts">Texts that were prepared.</param>
    /// <exception cref="InvalidOperationException">One was not.</exception>
    public VideoText TextOf(params IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        List<VideoText> found = [.. texts.Select(text => _texts.TryGetValue(text, out var known) ? known : throw new InvalidOperationException($"the text '{text}' was not prepared."))];
        return new VideoText(cat([.. found.Select(text => text.Embeddings)], 0), cat([.. found.Select(text => text.Mask!)], 0));
    }

    /// <summary>A sampler of the transformer.</summary>
    /// <param name="options">Steps and guidance.</param>
    /// <exception cref="ArgumentException">Model and options do not fit together.</exception>
    public OpenSoraSampler Sampler(OpenSoraSamplingOptions options) => new(Transformer, options);

    /// <summary>The autoencoder for videos of a size: a few frames at a time, so that memory does not grow with the video; fewer, and in tiles, where memory is short.</summary>
    /// <param name="size">The videos' size.</param>
    /// <exception cref="WeightFileException">Its weights are damaged or do not fit.</exception>
    public IVideoCodec Codec(VideoConditioning size)
    {
        ArgumentNullException.ThrowIfNull(size);
        _vae ??= PipelineFolder.VaeIn(_files.Vae, _device);
        _vae.Tiling = null;
        if (Memory.Available is not { } available || Bytes(FramesAtATime) <= available / 2)
        {
            return new AutoencoderVideoCodec(_vae, FramesAtATime);
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

    /// <summary>Refuses sizes that the model does not make.</summary>
    /// <param name="size">The videos' size.</param>
    /// <exception cref="ArgumentException">STDiT makes one size and length only; STDiT2 needs a patch at least.</exception>
    public void Check(VideoConditioning size)
    {
        ArgumentNullException.ThrowIfNull(size);
        var (frames, rows, columns) = Config.InputSize;
        var isOther = Config.Version == STDiTVersion.STDiT && (size.Frames, size.Latent.Rows, size.Latent.Columns) != (frames, rows, columns);
        if (isOther)
        {
            throw new ArgumentException(
                $"{size.Frames} frames of {size.Width}x{size.Height} pixels: this model makes {frames} of {columns * VideoConditioning.LatentScale}x{rows * VideoConditioning.LatentScale} only.",
                nameof(size));
        }
    }

    /// <summary>Frees models and texts.</summary>
    public void Dispose()
    {
        _transformer?.Dispose();
        _vae?.Dispose();
        foreach (var text in _texts.Values)
        {
            text.Embeddings.Dispose();
            text.Mask?.Dispose();
        }
    }

    private static T Read<T>(string folder, Func<string, T> parse) => PipelineFolder.ConfigIn(folder, OpenSoraFiles.ConfigFile, parse);

    private static void Require(bool fits, string folder, string what)
    {
        if (!fits)
        {
            throw WeightFileException.About(Path.Combine(folder, OpenSoraFiles.ConfigFile), what);
        }
    }

    private STDiTModel LoadTransformer()
    {
        using var weights = WeightFile.Open(_files.Weights);
        Memory.Require("the transformer", PipelineFolder.BytesOf(weights, _dtype));
        var model = Layers.Make(() => STDiTModel.Create(Config), _dtype, _device);
        try
        {
            model.LoadWeights(weights);
            model.to(_dtype).to(_device);
            model.eval();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
