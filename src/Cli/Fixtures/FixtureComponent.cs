using TorchSharp;

namespace DiTFastAttn.Cli.Fixtures;

/// <summary>One part of a checkpoint folder: its configuration as it is published, and the model that it describes.</summary>
/// <param name="Folder">Name of the part and of its folder, for example <c>transformer</c>.</param>
/// <param name="Library">The Python library of its class.</param>
/// <param name="Class">Its class there, for <c>model_index.json</c>.</param>
internal sealed record FixtureComponent(string Folder, string Library, string Class)
{
    /// <summary>Name of the configuration's file.</summary>
    public string ConfigFile { get; init; } = "config.json";

    /// <summary>The configuration, JSON; <see langword="null"/> where there is none.</summary>
    public string? Config { get; init; }

    /// <summary>What the weights' files are called before their ending.</summary>
    public string WeightsName { get; init; } = "diffusion_pytorch_model";

    /// <summary>Makes the model that the configuration describes; <see langword="null"/> where there are no weights.</summary>
    public Func<torch.nn.Module>? Model { get; init; }

    /// <summary>Names in the model's state dict that the published file lacks.</summary>
    public IReadOnlyList<string> Computed { get; init; } = [];

    /// <summary>Whether the weights are in several files even where one could hold them.</summary>
    public bool IsSharded { get; init; }

    /// <summary>Writes further files into the folder.</summary>
    public Action<string>? WriteMore { get; init; }
}
