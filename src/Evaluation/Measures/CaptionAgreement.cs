using System.Security.Cryptography;
using System.Text;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Evaluation.Measures;

/// <summary>100 · cosine of each picture and its caption in CLIP's space.</summary>
internal sealed class CaptionAgreement : IPictureMeasure
{
    private readonly ClipModel _model;
    private readonly ClipTokenizer _tokenizer;
    private readonly ClipImageProcessor _processor;
    private readonly IReadOnlyList<string> _captions;
    private readonly Device _device;

    private CaptionAgreement(ClipModel model, ClipTokenizer tokenizer, ClipImageProcessor processor, IReadOnlyList<string> captions, Device device)
    {
        (_model, _tokenizer, _processor, _captions, _device) = (model, tokenizer, processor, captions, device);
        var text = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', captions)));
        Identity = $"clip {WeightFingerprint.Of(model)} {Convert.ToHexStringLower(text)[..16]}";
    }

    public string Name => "caption";

    public int Width => 1;

    public string Identity { get; }

    /// <summary>Loads CLIP from a folder as it is published: configuration, weights, tokenizer, <c>preprocessor_config.json</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="captions">A caption for each picture.</param>
    /// <param name="device">Where to compute.</param>
    public static CaptionAgreement Load(string folder, IReadOnlyList<string> captions, Device device)
    {
        var preprocessor = Path.Combine(folder, "preprocessor_config.json");
        var processor = ClipImageProcessor.Parse(File.Exists(preprocessor) ? File.ReadAllText(preprocessor) : "{}");
        var tokenizer = ClipTokenizer.Load(folder);
        return new CaptionAgreement(ClipModel.Load(folder, ScalarType.Float32, device), tokenizer, processor, captions, device);
    }

    public Tensor Measure(IReadOnlyList<MeasuredPicture> pictures)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return cat([.. pictures.Select(Measure)], 0).cpu().MoveToOuterDisposeScope();
    }

    public void Dispose() => _model.Dispose();

    /// <summary>[1, 1]</summary>
    private Tensor Measure(MeasuredPicture picture)
    {
        using var batch = _tokenizer.EncodeBatch([_captions[picture.Index]], _model.Config.Text.MaxPositionEmbeddings);
        var image = _model.EncodeImage(_processor.Process(picture.Image).to(_device));
        var text = _model.EncodeText(batch.Ids.to(_device), batch.Mask?.to(_device));
        return ClipScore.PerPair(image, text).view(1, 1);
    }
}
