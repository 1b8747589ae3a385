using DiTFastAttn.Models;
using TorchSharp;

namespace DiTFastAttn.Cli.Tests.Testing;

/// <summary>A DiT that draws 16x16 pixels of two classes in milliseconds; nobody trained it.</summary>
internal static class SomeModel
{
    public static MetaDiTConfig Config { get; } = new()
    {
        InputSize = 16, PatchSize = 2, InChannels = 3, HiddenSize = 32, Depth = 2, NumHeads = 2, NumClasses = 2, LearnSigma = false,
    };

    /// <summary>Writes the model as a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">Other sizes.</param>
    /// <param name="scheduler">Another schedule.</param>
    /// <param name="broken">A tensor that gets a NaN.</param>
    /// <returns>The file.</returns>
    public static string Save(string path, MetaDiTConfig? config = null, DdimConfig? scheduler = null, string? broken = null)
    {
        torch.random.manual_seed(0);
        using var model = new MetaDiT(config ?? Config);
        using var noGrad = torch.no_grad();
        if (broken is not null)
        {
            model.get_parameter(broken)!.view(-1)[0] = float.NaN;
        }

        DiTCheckpoint.Save(path, model.state_dict(), model.Config, scheduler ?? new DdimConfig(), ["left", "right"]);
        return path;
    }
}
