using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>clip.encode</c>: both towers of CLIP, and the logits between them.</summary>
internal sealed class ClipEncode : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "clip.encode";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = new ClipModel(ClipConfig.Parse(file.Config.GetRawText()));
        CaseWeights.Fill(file, model, model.LoadWeights);
        model.eval();
        using var ids = file.Tensor("in.input_ids");
        using var mask = file.HasTensor("in.attention_mask") ? file.Tensor("in.attention_mask") : null;
        using var pixels = file.Tensor("in.pixel_values");
        var text = model.Text.forward(ids, mask);
        answer.Add("out.text_last_hidden_state", text.States);
        answer.Add("out.text_pooled", text.Pooled);
        var image = model.Vision.forward(pixels);
        answer.Add("out.image_last_hidden_state", image.States);
        answer.Add("out.image_pooled", image.Pooled);
        var textFeatures = model.EncodeText(ids, mask);
        answer.Add("out.text_features", textFeatures);
        var imageFeatures = model.EncodeImage(pixels);
        answer.Add("out.image_features", imageFeatures);
        var textEmbeds = ClipModel.Normalize(textFeatures);
        answer.Add("out.text_embeds", textEmbeds);
        var imageEmbeds = ClipModel.Normalize(imageFeatures);
        answer.Add("out.image_embeds", imageEmbeds);
        var logits = model.LogitsPerText(textEmbeds, imageEmbeds);
        answer.Add("out.logits_per_text", logits);
        answer.Add("out.logits_per_image", logits.t());
    }
}
