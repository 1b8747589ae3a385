using DiTFastAttn.Models.Weights;

namespace DiTFastAttn.Models;

/// <summary>
/// Weights in several files of one folder, with an index that says which tensor is in which. All shards are checked when
/// the index is opened; afterwards one at a time is open, so that reading in the order of <see cref="Keys"/> opens each once.
/// </summary>
internal sealed class ShardedWeights : WeightFile
{
    /// <summary>What the names of indexes end in.</summary>
    internal const string IndexEnding = ".index.json";

    private readonly string _folder;
    private readonly OrderedDictionary<string, (string Shard, SafetensorsDtype Dtype, IReadOnlyList<long> Shape)> _tensors = new(StringComparer.Ordinal);
    private (string Shard, WeightFile File)? _open;

    private ShardedWeights(string path)
        : base(path) => _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> Keys => _tensors.Keys;

    /// <summary>Opens an index and checks all of its shards.</summary>
    /// <param name="path">The index, for example <c>model.safetensors.index.json</c>.</param>
    /// <exception cref="WeightFileException">
    /// The index or a shard is damaged, a shard is missing, or a tensor is not in the shard that the index says.
    /// </exception>
    public static new ShardedWeights Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var shards = ShardIndex.Read(path);
        var weights = new ShardedWeights(path);
        try
        {
            var missing = shards.Keys.Where(shard => !File.Exists(Path.Combine(weights._folder, shard))).ToList();
            if (missing.Count > 0)
            {
                throw WeightFileException.About(
                    path, $"{missing.Count} of the {shards.Count} shards it names {(missing.Count > 1 ? "are" : "is")} not in its folder: {string.Join(", ", missing.Take(4))}{(missing.Count > 4 ? ", …" : "")}; download what is missing");
            }

            foreach (var (shard, tensors) in shards)
            {
                weights.Add(shard, tensors);
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _open?.File.Dispose();
            _open = null;
        }
    }

    internal override (SafetensorsDtype Dtype, IReadOnlyList<long> Shape) Describe(string key)
    {
        var (_, dtype, shape) = Find(key);
        return (dtype, shape);
    }

    internal override void ReadElements(string key, long first, Span<byte> target)
        => OpenShard(Find(key).Shard).ReadElements(key, first, target);

    private (string Shard, SafetensorsDtype Dtype, IReadOnlyList<long> Shape) Find(string key)
        => _tensors.TryGetValue(key, out var tensor) ? tensor : throw NoSuchTensor(key);

    private void Add(string shard, List<string> tensors)
    {
        var file = OpenShard(shard);
        var listed = tensors.ToHashSet(StringComparer.Ordinal);

        // In the shard's own order, which is that of its bytes.
        foreach (var key in file.Keys.Where(listed.Remove))
        {
            _tensors.Add(key, (shard, file.ElementTypeOf(key), file.ShapeOf(key)));
        }

        if (listed.Count > 0)
        {
            var first = tensors.Find(listed.Contains)!;
            throw WeightFileException.About(
                Name, $"says that '{shard}' holds tensor '{first}', which it does not{(listed.Count > 1 ? $" ({listed.Count - 1} more are not there)" : "")}{NearestName.Hint(first, file.Keys)}");
        }
    }

    private WeightFile OpenShard(string shard)
    {
        if (_open is { } open)
        {
            if (string.Equals(open.Shard, shard, StringComparison.Ordinal))
            {
                return open.File;
            }

            _open = null;
            open.File.Dispose();
        }

        var file = OpenSingle(Path.Combine(_folder, shard));
        _open = (shard, file);
        return file;
    }
}
