namespace DiTFastAttn.Models.OpenSora;

/// <summary>Where the parts of OpenSora lie, in one folder or as they are published.</summary>
/// <param name="Weights">The transformer's weights: a file, or the folder that holds them.</param>
/// <param name="Config">The folder of the transformer's <c>config.json</c>.</param>
/// <param name="Vae">The autoencoder's folder.</param>
/// <param name="TextEncoder">The text encoder's folder.</param>
/// <param name="Tokenizer">The tokenizer's folder.</param>
internal sealed record OpenSoraFiles(string Weights, string Config, string Vae, string TextEncoder, string Tokenizer)
{
    public const string ConfigFile = "config.json";

    private const string Class = "OpenSoraPipeline";

    /// <summary>Whether a path is OpenSora's by what its folder says: the index's class, or the transformer's model type.</summary>
    public static bool Describes(string path, string? components)
    {
        foreach (var folder in new[] { path, components })
        {
            if (folder is not null && File.Exists(Path.Combine(folder, PipelineFolder.Index)))
            {
                return new PipelineFolder(folder).ClassName == Class;
            }
        }

        return File.Exists(Path.Combine(ConfigFolder(path), ConfigFile))
            && PipelineFolder.TextIn(ConfigFolder(path), ConfigFile, "model_type") is nameof(STDiTVersion.STDiT) or nameof(STDiTVersion.STDiT2);
    }

    /// <summary>Finds the parts.</summary>
    /// <param name="path">A folder, or a transformer's checkpoint.</param>
    /// <param name="components">A folder for the parts that the first lacks.</param>
    /// <exception cref="WeightFileException">There is no such path.</exception>
    public static OpenSoraFiles Find(string path, string? components)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            throw WeightFileException.About(path, "there is no such file or folder");
        }

        var config = ConfigFolder(path);
        var others = components ?? (File.Exists(path) ? config : path);
        var textEncoder = Part("text_encoder", "DeepFloyd/t5-v1_1-xxl");
        return new OpenSoraFiles(
            File.Exists(path) ? path : config, config, Part("vae", "stabilityai/sd-vae-ft-ema"), textEncoder, FindTokenizer(Path.Combine(others, "tokenizer"), textEncoder));

        string Part(string name, string published)
        {
            string[] places = [Path.Combine(path, name), Path.Combine(others, name), Path.Combine(others, published)];
            return Array.Find(places, Directory.Exists) ?? places[1];
        }
    }

    private static string FindTokenizer(string folder, string textEncoder)
        => !Directory.Exists(folder) && File.Exists(Path.Combine(textEncoder, "spiece.model")) ? textEncoder : folder;

    /// <summary>The folder of the transformer's configuration: the path's part, the path itself, or where a file lies.</summary>
    private static string ConfigFolder(string path)
    {
        if (File.Exists(path))
        {
            return Path.GetDirectoryName(Path.GetFullPath(path))!;
        }

        var part = Path.Combine(path, "transformer");
        return Directory.Exists(part) || !File.Exists(Path.Combine(path, ConfigFile)) ? part : path;
    }
}
