using System.Globalization;
using DiTFastAttn.Models;
using DiTFastAttn.Models.PixArt;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>pixart.forward</c>: one call of PixArt in either layout, and in diffusers' layout what it computes on the way.</summary>
internal sealed class PixArtForward : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "pixart.forward";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = PixArtCase.MakeModel(file, file.Config);
        using var scope = NewDisposeScope();
        var isOriginal = model is PixArtMS;
        var captions = file.Tensor(isOriginal ? "in.y" : "in.encoder_hidden_states");
        var latents = file.Tensor(isOriginal ? "in.x" : "in.hidden_states");
        var timesteps = file.Tensor("in.timestep");
        var condition = new PixArtCondition(isOriginal && captions.dim() == 4 ? captions.squeeze(1) : captions)
        {
            CaptionMask = Optional(file, isOriginal ? "in.mask" : "in.encoder_attention_mask"),
            Resolution = Optional(file, isOriginal ? "in.img_hw" : "in.resolution"),
            AspectRatio = Optional(file, "in.aspect_ratio"),
        };
        answer.Add("out.sample", model.forward(latents, timesteps, condition));
        if (file.HasTensor("mid.patch_plus_pos"))
        {
            using var call = (PixArtCall)model.BeginBlocks(latents, timesteps, condition);
            AddMiddle(call, answer);
        }
    }

    private static void AddMiddle(PixArtCall call, CaseAnswer answer)
    {
        answer.Add("mid.adaln", call.Modulation.alias());
        answer.Add("mid.embedded_timestep", call.Condition.alias());
        answer.Add("mid.caption", call.Captions.alias());
        var tokens = call.Embed();
        answer.Add("mid.patch_plus_pos", tokens.clone());
        for (var block = 0; block < call.Blocks; block++)
        {
            tokens = call.Apply(block, tokens);
            answer.Add(string.Create(CultureInfo.InvariantCulture, $"mid.block{block}"), tokens.clone());
        }
    }

    private static Tensor? Optional(CaseFile file, string name) => file.HasTensor(name) ? file.Tensor(name) : null;
}
