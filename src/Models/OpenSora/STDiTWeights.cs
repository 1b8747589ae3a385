using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>A checkpoint as the model takes it: position tables left out, the table for "no text" as long as the model's.</summary>
/// <param name="source">The checkpoint.</param>
/// <param name="config">The model's configuration.</param>
internal sealed class STDiTWeights(IWeightSource source, STDiTConfig config) : IWeightSource
{
    private const string NullText = "y_embedder.y_embedding";

    private static readonly string[] Tables = ["pos_embed", "pos_embed_temporal"];

    /// <summary>What the model computes where a checkpoint lacks it.</summary>
    public static IReadOnlyList<string> Computed { get; } = [.. Tables, "rope.freqs"];

    /// <inheritdoc/>
    public string Name => source.Name;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Keys => [.. source.Keys.Except(Tables, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string key)
        => source.ShapeOf(key) is [> 0, var width] && key == NullText ? [config.ModelMaxLength, width] : source.ShapeOf(key);

    /// <inheritdoc/>
    public ScalarType? DtypeOf(string key) => source.DtypeOf(key);

    /// <inheritdoc/>
    public Tensor Read(string key)
    {
        var stored = source.Read(key);
        if (key != NullText || stored.shape is not [> 0 and var rows, _] || rows == config.ModelMaxLength)
        {
            return stored;
        }

        using (stored)
        {
            using var index = arange(config.ModelMaxLength).clamp_(max: (rows - 1).ToScalar());
            return stored.index_select(0, index);
        }
    }
}
