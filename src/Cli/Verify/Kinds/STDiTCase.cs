using System.Text.Json;
using DiTFastAttn.Models;
using DiTFastAttn.Models.DiT;
using TorchSharp;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>What the kinds about STDiT share: models from configurations, sizes from tensors.</summary>
internal static class STDiTCase
{
    /// <summary>The case's model with the case's weights; the caller owns it.</summary>
    public static STDiTModel MakeModel(CaseFile file)
    {
        return Layers.Ready(MakeModel(file.Config), model => CaseWeights.Fill(file, model, model.LoadWeights));
    }

    /// <summary>A model without weights; the caller owns it.</summary>
    public static STDiTModel MakeModel(JsonElement config) => STDiTModel.Create(STDiTConfig.Parse(config.GetRawText()));

    /// <summary>The case's sizes and frame rate, or none; the caller owns them.</summary>
    public static VideoSizes? Sizes(CaseFile file) => file.HasTensor("in.fps")
        ? new VideoSizes(file.Tensor("in.height"), file.Tensor("in.width"), file.Tensor("in.ar"), file.Tensor("in.num_frames"), file.Tensor("in.fps"))
        : null;

    /// <summary>A tensor of the case where it has it; the caller owns it.</summary>
    public static torch.Tensor? Optional(CaseFile file, string name) => file.HasTensor(name) ? file.Tensor(name) : null;
}
