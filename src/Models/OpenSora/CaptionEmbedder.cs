using DiTFastAttn.Models.DiT;
using DiTFastAttn.Models.PixArt;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>
/// Text to the context of the cross-attentions. A sample's tokens are packed to the front, so that masked ones cost nothing but for what the
/// longest text of the batch is longer.
/// </summary>
internal sealed class CaptionEmbedder : Module<Tensor, Tensor?, (Tensor Text, Tensor? Mask)>
{
    private readonly Tensor y_embedding;
    private readonly CaptionMlp y_proj;

    public CaptionEmbedder(STDiTConfig config)
        : base(nameof(CaptionEmbedder))
    {
        y_embedding = zeros(config.ModelMaxLength, config.CaptionChannels);
        y_proj = new CaptionMlp(config.CaptionChannels, config.HiddenSize);
        RegisterComponents();
    }

    /// <summary>What stands for "no text": a buffer of the checkpoint, <c>[model_max_length, caption_channels]</c>; stays the module's.</summary>
    public Tensor NullText => get_buffer(nameof(y_embedding))!;

    /// <summary>Packs and projects.</summary>
    /// <param name="text"><c>[B, 1, L, caption_channels]</c></param>
    /// <param name="mask"><c>[b, L]</c>, b divides B; other than 0 for tokens that there are.</param>
    /// <returns>
    /// <c>[B, Lt, d]</c> with Lt of the longest text, and bool <c>[B, Lt]</c> where texts differ in length; the caller owns both.
    /// </returns>
    public override (Tensor Text, Tensor? Mask) forward(Tensor text, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var tokens = text.squeeze(1).to(y_embedding.dtype);
        if (mask is null)
        {
            return (y_proj.forward(tokens).MoveToOuterDisposeScope(), null);
        }

        var isThere = mask.ne(0).repeat(tokens.shape[0] / mask.shape[0], 1); // a b -> a b a b
        var lengths = isThere.sum(dim: 1);
        var longest = Math.Max(1, lengths.max().item<long>());
        var positions = arange(isThere.shape[1], device: isThere.device);

        // Tokens that there are come first, in their order.
        var order = (positions + (isThere.logical_not().to(ScalarType.Int64) * isThere.shape[1])).argsort(1).narrow(1, 0, longest); // [B, Lt]
        var packed = tokens.gather(1, order.unsqueeze(-1).expand(order.shape[0], longest, tokens.shape[2]));
        var isPacked = arange(longest, device: isThere.device).unsqueeze(0).lt(lengths.unsqueeze(1)); // [B, Lt]
        var isFull = isPacked.all().item<bool>();
        return (y_proj.forward(packed).MoveToOuterDisposeScope(), isFull ? null : isPacked.MoveToOuterDisposeScope());
    }
}
