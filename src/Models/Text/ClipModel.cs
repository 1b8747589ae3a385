using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models;

/// <summary>
/// CLIP (Radford et al. 2021, arXiv 2103.00020): texts and pictures into one space, in which the cosine says how well they go together.
/// Attention sites are named <c>text_model.encoder.layers.N.self_attn</c> and <c>vision_model.encoder.layers.N.self_attn</c>.
/// </summary>
/// <remarks>Parameters are zero (those of norms 1) until <see cref="LoadWeights"/>. Not to be constructed inside a dispose scope.</remarks>
public sealed class ClipModel : Module
{
    private readonly Parameter logit_scale;
    private readonly ClipTextModel text_model;
    private readonly ClipVisionModel vision_model;
    private readonly Linear visual_projection;
    private readonly Linear text_projection;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="dtype">The parameters' dtype.</param>
    /// <param name="device">Where the parameters lie; on <see cref="META"/> there are names and shapes only.</param>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public ClipModel(ClipConfig config, ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(ClipModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        logit_scale = Parameter(zeros([], dtype, device));
        text_model = new ClipTextModel(config.Text, dtype, device);
        vision_model = new ClipVisionModel(config.Vision, dtype, device);
        visual_projection = Layers.Linear(config.Vision.Tower.HiddenSize, config.ProjectionDim, bias: false, dtype, device);
        text_projection = Layers.Linear(config.Text.Tower.HiddenSize, config.ProjectionDim, bias: false, dtype, device);
        RegisterComponents();
    }

    /// <summary>The model's sizes.</summary>
    public ClipConfig Config { get; }

    /// <summary>The text tower.</summary>
    public ClipTextModel Text => text_model;

    /// <summary>The vision tower.</summary>
    public ClipVisionModel Vision => vision_model;

    /// <summary>Makes the model that a folder describes and loads it: <c>config.json</c> and the weights.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">The parameters' dtype; the one that the weights are stored in where it is <see langword="null"/>.</param>
    /// <param name="device">Where the parameters lie; the CPU where it is <see langword="null"/>.</param>
    /// <returns>The model in evaluation mode; the caller owns it.</returns>
    /// <exception cref="WeightFileException">A file is missing or damaged, or the weights do not fit.</exception>
    /// <exception cref="FormatException">The configuration is not JSON, or a value is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A value of the configuration is impossible.</exception>
    public static ClipModel Load(string folder, ScalarType? dtype = null, Device? device = null)
    {
        var config = ClipConfig.Parse(ModelFolder.ReadText(folder, "config.json"));
        using var weights = WeightFile.Open(folder);
        return Layers.Ready(new ClipModel(config, dtype ?? ModelFolder.DtypeOf(weights, "text_projection.weight"), device), model => model.LoadWeights(weights));
    }

    /// <summary>Loads weights; the position numbers that older files also hold are passed over.</summary>
    /// <param name="source">The weights; stays the caller's.</param>
    /// <exception cref="WeightFileException">The weights do not fit.</exception>
    public void LoadWeights(IWeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        source.Renamed(ParameterOf).LoadInto(this);
    }

    /// <summary>The parameter that a checkpoint's tensor is, or <see langword="null"/> for what the model does not need.</summary>
    internal static string? ParameterOf(string key) => key.EndsWith(".embeddings.position_ids", StringComparison.Ordinal) ? null : key;

    /// <summary>Pooled texts <c>[B, d]</c> to features <c>[B, projection_dim]</c>, not normalised; the caller owns them.</summary>
    public Tensor ProjectText(Tensor pooled) => text_projection.forward(pooled);

    /// <summary>Pooled pictures <c>[B, d]</c> to features <c>[B, projection_dim]</c>, not normalised; the caller owns them.</summary>
    public Tensor ProjectImage(Tensor pooled) => visual_projection.forward(pooled);

    /// <summary>Features of texts, not normalised.</summary>
    /// <param name="ids">Token ids <c>[B, L]</c>, int64.</param>
    /// <param name="mask"><c>[B, L]</c>: 1 for tokens that take part; or <see langword="null"/>.</param>
    /// <returns><c>[B, projection_dim]</c>; the caller owns it.</returns>
    public Tensor EncodeText(Tensor ids, Tensor? mask = null)
    {
        using var states = text_model.forward(ids, mask);
        return ProjectText(states.Pooled);
    }

    /// <summary>Features of pictures, not normalised.</summary>
    /// <param name="pixels">Normalised pictures <c>[B, C, S, S]</c>, see <see cref="ClipImageProcessor"/>.</param>
    /// <returns><c>[B, projection_dim]</c>; the caller owns it.</returns>
    public Tensor EncodeImage(Tensor pixels)
    {
        using var states = vision_model.forward(pixels);
        return ProjectImage(states.Pooled);
    }

    /// <summary>Features of length one.</summary>
    /// <param name="features"><c>[B, projection_dim]</c></param>
    /// <returns>The same shape; the caller owns it.</returns>
    public static Tensor Normalize(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var length = features.norm(-1, keepdim: true);
        return features / length;
    }

    /// <summary>exp(logit scale) · cosine of every text with every picture.</summary>
    /// <param name="textEmbeds">Texts of length one <c>[T, projection_dim]</c></param>
    /// <param name="imageEmbeds">Pictures of length one <c>[I, projection_dim]</c></param>
    /// <returns><c>[T, I]</c>; the caller owns it.</returns>
    public Tensor LogitsPerText(Tensor textEmbeds, Tensor imageEmbeds)
    {
        ArgumentNullException.ThrowIfNull(imageEmbeds);
        using var scope = NewDisposeScope();
        return functional.linear(textEmbeds, imageEmbeds).mul_(logit_scale.exp()).MoveToOuterDisposeScope();
    }
}
