namespace DiTFastAttn.Models.Weights;

/// <summary>Finds the weights in the folder of a component, under the names that the published layouts give them.</summary>
internal static class WeightFolder
{
    // safetensors first: they say all about themselves before anything is read. An index stands before the
    // file of the same name, which would be a part of something else.
    private static readonly string[] Names =
    [
        "diffusion_pytorch_model.safetensors.index.json",
        "diffusion_pytorch_model.safetensors",
        "model.safetensors.index.json",
        "model.safetensors",
        "diffusion_pytorch_model.bin.index.json",
        "diffusion_pytorch_model.bin",
        "pytorch_model.bin.index.json",
        "pytorch_model.bin",
    ];

    private static readonly string[] Endings = [".safetensors.index.json", ".bin.index.json", ".safetensors", ".bin", ".pt", ".pth", ".ckpt"];

    private static bool IsShard(string name) => name.Contains("-of-", StringComparison.Ordinal);

    /// <summary>The file or index to open.</summary>
    /// <exception cref="WeightFileException">There is none, or it is not clear which.</exception>
    public static string Find(string folder)
    {
        if (Array.Find(Names, name => File.Exists(Path.Combine(folder, name))) is { } known)
        {
            return Path.Combine(folder, known);
        }

        var found = Directory.GetFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToList();
        foreach (var ending in Endings)
        {
            switch (found.FindAll(name => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            {
                case [var only]:
                    return Path.Combine(folder, only);
                case [var shard, _, ..] shards when shards.TrueForAll(IsShard):
                    throw WeightFileException.About(
                        folder, $"holds {shards.Count} shards ({shard}, …) and no index *{ending}.index.json, which says what is in which: download it too");
                case [var first, var second, ..] several:
                    throw WeightFileException.About(
                        folder, $"holds {several.Count} files *{ending} ({first}, {second}{(several.Count > 2 ? ", …" : "")}); give the one to open");
            }
        }

        throw WeightFileException.About(
            folder, $"holds no weights; looked for {Names[1]}, {Names[3]}, {Names[7]}, their indexes, and any *{string.Join(", *", Endings[2..])}");
    }
}
