using static DiTFastAttn.Models.Weights.Torch.PickleValue;

namespace DiTFastAttn.Models.Weights.Torch;

/// <summary>
/// Makes storages of a pickle's persistent ids, <c>('storage', class, key, location, count)</c>. The location, a device, is
/// ignored. The format before zip has a sixth field: None, or <c>(key, offset, count)</c> of a storage that is part of another.
/// </summary>
/// <param name="input">The pickle.</param>
/// <param name="hasViews">Whether it is of the format before zip.</param>
internal sealed class StorageIds(PickleInput input, bool hasViews)
{
    private readonly Dictionary<string, StorageBlock> _blocks = new(StringComparer.Ordinal);

    /// <summary>All storages that were named.</summary>
    public IReadOnlyDictionary<string, StorageBlock> Blocks => _blocks;

    /// <summary>The storage of a persistent id.</summary>
    /// <exception cref="WeightFileException">It is no storage's.</exception>
    public Storage Load(object? id)
    {
        if (id is not Sequence { Kind: SequenceKind.Tuple, Items: ["storage", Global { Role: PickleRole.StorageClass } kind, string key, string, long count, .. var rest] })
        {
            throw input.Refuse($"has a persistent id at byte {input.Consumed - 1} that is no storage; weights need no other");
        }

        CheckKey(key);
        var width = SafetensorsTypes.ByteCount(kind.Dtype ?? SafetensorsDtype.U8);
        var length = Bytes(count, width, key);
        var block = Block(key, count, length);
        input.Charge(120);
        return rest switch
        {
            [] when !hasViews => new Storage(block, kind.Dtype, 0, length),
            [null] when hasViews => new Storage(block, kind.Dtype, 0, length),
            [Sequence { Kind: SequenceKind.Tuple, Items: [string, long offset, long size] }] when hasViews => Part(block, kind, offset, size, width),
            _ => throw input.Refuse($"has a persistent id for storage '{key}' of {5 + rest.Count} fields"),
        };
    }

    private Storage Part(StorageBlock block, Global kind, long offset, long size, int width)
    {
        var (begin, length) = (Bytes(offset, width, block.Key), Bytes(size, width, block.Key));
        return length <= block.Length - begin
            ? new Storage(block, kind.Dtype, begin, length)
            : throw input.Refuse($"has a part of storage '{block.Key}' that ends at byte {(Int128)begin + length}, outside of its {block.Length}");
    }

    private long Bytes(long count, int width, string key) => count >= 0 && count <= long.MaxValue / width
        ? count * width
        : throw input.Refuse($"has a storage '{key}' of {count} elements, which no file can hold");

    private StorageBlock Block(string key, long count, long length)
    {
        if (!_blocks.TryGetValue(key, out var block))
        {
            _blocks.Add(key, block = new StorageBlock(key, count, length));
        }

        return block.Length == length && block.Count == count
            ? block
            : throw input.Refuse($"names storage '{key}' with {block.Length} and with {length} bytes");
    }

    /// <summary>Keys become names of records: they may not lead anywhere.</summary>
    private void CheckKey(string key)
    {
        if (key.Length == 0 || key.Contains("..", StringComparison.Ordinal) || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
        {
            throw input.Refuse($"has a storage key '{key}'; letters, digits, '_', '-' and '.' make one");
        }
    }
}
