using System.Text.Json;
using DiTFastAttn.Models;
using DiTFastAttn.Models.DiT;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>What the kinds about DiT share: models from configurations.</summary>
internal static class DiTCase
{
    /// <summary>The case's model with the case's weights; the caller owns it.</summary>
    public static DiTModel MakeModel(CaseFile file)
    {
        return Layers.Ready(MakeModel(file.Config), model => CaseWeights.Fill(file, model, model.LoadWeights));
    }

    /// <summary>A model without weights, in the layout that the configuration is of; the caller owns it.</summary>
    public static DiTModel MakeModel(JsonElement config)
        => config.Optional("_class_name") is null
            ? new MetaDiT(MetaDiTConfig.Parse(config.GetRawText()))
            : new DiffusersDiT(DiffusersDiTConfig.Parse(config.GetRawText()));
}
