using System.Globalization;
using System.Text.RegularExpressions;

namespace DiTFastAttn.Models;

/// <summary>
/// A transformer as its authors publish it: one file (<c>.pt</c>, <c>.pth</c>) that does not describe itself. Its sizes are read off its tensors'
/// shapes. What no shape says, the number of heads, follows from the published widths, or all of it stands in NAME.json beside NAME.pt, in the words
/// of the authors' code.
/// </summary>
internal sealed partial class OriginalCheckpoint
{
    private const string DiTTable = "y_embedder.embedding_table.weight";
    private const string CaptionLayer = "y_embedder.y_proj.fc1.weight";
    private const string Patches = "x_embedder.proj.weight";
    private const string Positions = "pos_embed";
    private const int BaseSample = 64;

    // S, B, L and XL.
    private static readonly Dictionary<int, int> PublishedHeads = new() { [384] = 6, [768] = 12, [1024] = 16, [1152] = 16 };

    private readonly string _path;

    /// <summary>Looks at a file.</summary>
    /// <param name="file">The file; stays the caller's and has to outlive this.</param>
    /// <param name="path">Where it lies.</param>
    /// <exception cref="WeightFileException">It is no checkpoint of DiT or PixArt.</exception>
    public OriginalCheckpoint(WeightFile file, string path)
    {
        _path = path;
        Weights = file.Section("ema", "model", "state_dict").Renamed(PixArtKeyMap.PlainName);
        IsPixArt = Weights.Keys.Contains(CaptionLayer);
        if (!IsPixArt && !Weights.Keys.Contains(DiTTable))
        {
            throw WeightFileException.About(path, Weights.Keys.Any(key => key.StartsWith("transformer_blocks.", StringComparison.Ordinal))
                ? "it is a part of a folder as diffusers lays it out: give the folder, with its config.json files"
                : $"it is neither DiT nor PixArt in its authors' layout: it has no tensor '{DiTTable}' and none '{CaptionLayer}'");
        }

        if (Weights.Keys.Contains(Patches) && Weights.ShapeOf(Patches).Count == 5)
        {
            throw WeightFileException.About(path, "its patches have frames: it is OpenSora, which draws videos");
        }
    }

    /// <summary>Whether it is PixArt; DiT where it is not.</summary>
    public bool IsPixArt { get; }

    /// <summary>The model's weights, under the model's own names.</summary>
    public IWeightSource Weights { get; }

    /// <summary>DiT's sizes.</summary>
    /// <exception cref="WeightFileException">They cannot be told.</exception>
    public MetaDiTConfig DiT() => Described(MetaDiTConfig.Parse) ?? Checked(
        new MetaDiTConfig
        {
            InputSize = Grid("input_size") * Size(Patches, 2),
            PatchSize = Size(Patches, 2),
            InChannels = Size(Patches, 1),
            HiddenSize = Size(Patches, 0),
            Depth = Depth(),
            NumHeads = Heads(),
            MlpRatio = (double)Size("blocks.0.mlp.fc1.weight", 0) / Size(Patches, 0),
            NumClasses = Size(DiTTable, 0) - 1,
            LearnSigma = LearnsSigma(),
            QkvBias = Weights.Keys.Contains("blocks.0.attn.qkv.bias"),
        },
        config => config.Validate());

    /// <summary>PixArt's sizes.</summary>
    /// <exception cref="WeightFileException">They cannot be told.</exception>
    public PixArtMSConfig PixArt()
    {
        if (Described(PixArtMSConfig.Parse) is { } described)
        {
            return described;
        }

        const string Compression = ".attn.sr.weight", NullCaption = "y_embedder.y_embedding";
        int[] compressed = [.. Weights.Keys.Where(key => key.EndsWith(Compression, StringComparison.Ordinal)).Select(BlockOf).Order()];
        var input = Grid("input_size") * Size(Patches, 2);
        return Checked(
            new PixArtMSConfig
            {
                InputSize = input,
                PatchSize = Size(Patches, 2),
                InChannels = Size(Patches, 1),
                HiddenSize = Size(Patches, 0),
                Depth = Depth(),
                NumHeads = Heads(),
                MlpRatio = (double)Size("blocks.0.mlp.fc1.weight", 0) / Size(Patches, 0),
                PredSigma = LearnsSigma(),
                CaptionChannels = Size(CaptionLayer, 1),
                PeInterpolation = (double)input / BaseSample,
                ModelMaxLength = Weights.Keys.Contains(NullCaption) ? Size(NullCaption, 0) : new PixArtMSConfig().ModelMaxLength,
                MicroCondition = Weights.Keys.Contains("csize_embedder.mlp.0.weight"),
                QkNorm = Weights.Keys.Contains("blocks.0.attn.q_norm.weight"),
                KvCompressLayers = compressed,
                KvCompressScale = compressed is [var first, ..] ? Size($"blocks.{first}{Compression}", 2) : new PixArtMSConfig().KvCompressScale,
            },
            config => config.Validate());
    }

    /// <summary>What stands beside the file, if anything does.</summary>
    private T? Described<T>(Func<string, T> parse)
        where T : class
    {
        var file = DescriptionFile;
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            return parse(Text.ModelFolder.ReadText(Path.GetDirectoryName(Path.GetFullPath(file))!, Path.GetFileName(file)));
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw WeightFileException.About(file, error.Message.TrimEnd('.'), error);
        }
    }

    private string DescriptionFile
    {
        get
        {
            const string Index = ".index.json";
            return _path.EndsWith(Index, StringComparison.OrdinalIgnoreCase) ? _path[..^Index.Length] + ".json" : Path.ChangeExtension(_path, ".json");
        }
    }

    private T Checked<T>(T config, Action<T> validate)
    {
        try
        {
            validate(config);
            return config;
        }
        catch (ArgumentException error)
        {
            throw WeightFileException.About(_path, error.Message.TrimEnd('.'), error);
        }
    }

    /// <summary>Tokens a side: of the position table, or of the size that is a part of published names.</summary>
    private int Grid(string what)
    {
        const int CellPixels = 8;
        if (Weights.Keys.Contains(Positions))
        {
            var tokens = Size(Positions, 1);
            var side = (int)Math.Sqrt(tokens);
            return side * side == tokens
                ? side
                : throw WeightFileException.About(_path, $"tensor '{Positions}' is for {tokens} tokens, which are no square");
        }

        return PixelsInName().Match(Path.GetFileName(_path)) is { Success: true } match
            ? (match.Value == "2K" ? 2048 : int.Parse(match.Value, CultureInfo.InvariantCulture)) / CellPixels / Size(Patches, 2)
            : throw Undescribed($"no tensor '{Positions}'", what);
    }

    private int Heads() => PublishedHeads.TryGetValue(Size(Patches, 0), out var heads)
        ? heads
        : throw Undescribed($"tokens {Size(Patches, 0)} wide, which no published model has", "num_heads");

    private WeightFileException Undescribed(string found, string what)
        => WeightFileException.About(_path, $"it has {found}, so that {what} cannot be told: write all sizes into '{DescriptionFile}', in the words of its authors' code");

    private int Depth() => 1 + Weights.Keys.Where(key => key.StartsWith("blocks.", StringComparison.Ordinal)).Select(BlockOf).DefaultIfEmpty(-1).Max();

    private bool LearnsSigma() => Size("final_layer.linear.weight", 0) == 2 * Size(Patches, 1) * Size(Patches, 2) * Size(Patches, 2);

    private int Size(string key, int dimension) => Weights.Keys.Contains(key) && Weights.ShapeOf(key) is var shape && shape.Count > dimension && shape[dimension] <= int.MaxValue
        ? (int)shape[dimension]
        : throw WeightFileException.About(_path, $"it has no tensor '{key}' of {dimension + 1} or more dimensions");

    private static int BlockOf(string key) => int.TryParse(key.Split('.')[1], NumberStyles.None, CultureInfo.InvariantCulture, out var block) ? block : 0;

    [GeneratedRegex("(?<=[-_x])(?:256|512|1024|2K)(?=[-_x.])", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PixelsInName();
}
