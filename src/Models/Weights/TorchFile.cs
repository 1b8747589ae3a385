using System.Buffers.Binary;
using System.Numerics;
using DiTFastAttn.Models.Weights.Torch;
using static DiTFastAttn.Models.Weights.Torch.PickleValue;

namespace DiTFastAttn.Models.Weights;

/// <summary>
/// A file of <c>torch.save</c> (<c>.pt</c>, <c>.pth</c>, <c>.bin</c>), open for reading: the zip format and the one before it.
/// </summary>
internal sealed class TorchFile : WeightFile
{
    private const int NewestVersion = 10;
    private const int LegacyVersion = 1001;

    private static readonly BigInteger LegacyMagic = new([0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19], isUnsigned: true);

    private readonly Stream _stream;
    private readonly IReadOnlyDictionary<string, Tensor> _tensors;
    private bool _isBigEndian;

    private TorchFile(Stream stream, string name)
        : base(name)
    {
        _stream = stream;
        _tensors = IsZip(stream) ? ReadZip() : ReadLegacy();
        Keys = [.. _tensors.OrderBy(t => Begin(t.Value)).Select(t => t.Key)];
    }

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> Keys { get; }

    /// <summary>Opens a file, told apart by its content, and checks all that describes the tensors.</summary>
    /// <param name="stream">The file; belongs to the result from here on.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="WeightFileException">It is no file of plain weights.</exception>
    public static TorchFile Open(Stream stream, string name)
    {
        try
        {
            return new TorchFile(stream, name);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file begins as one of <c>torch.save</c> does: as a zip archive or as a pickle.</summary>
    /// <param name="start">Its first bytes.</param>
    public static bool IsMeant(ReadOnlySpan<byte> start) => start.StartsWith("PK\x03\x04"u8) || (start is [var first, ..] && BeginsPickle(first));

    /// <summary>What a file without tensors holds: nothing but dictionaries, sequences, numbers and texts.</summary>
    /// <param name="stream">The file; stays the caller's.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="WeightFileException">It is no file of <c>torch.save</c>, is damaged, or holds more than that.</exception>
    public static object? ReadPlain(Stream stream, string name)
    {
        var input = IsZip(stream) ? ZipPickle(ZipRecords.Read(stream, name), stream, name) : LegacyPickle(stream, name, out _);
        return RunPlain(input, name);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stream.Dispose();
        }
    }

    internal override (SafetensorsDtype Dtype, IReadOnlyList<long> Shape) Describe(string key)
    {
        var tensor = Find(key);
        return (tensor.Dtype, tensor.Shape);
    }

    internal override void ReadElements(string key, long first, Span<byte> target)
    {
        var tensor = Find(key);
        var width = SafetensorsTypes.ByteCount(tensor.Dtype);
        if (IsContiguous(tensor))
        {
            _stream.Position = Begin(tensor) + (first * width);
            _stream.ReadExactly(target);
        }
        else
        {
            Gather(tensor, width, first, target);
        }

        if (_isBigEndian)
        {
            Swap(target, width);
        }
    }

    private static bool IsZip(Stream stream)
    {
        Span<byte> start = stackalloc byte[4];
        stream.Position = 0;
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK\x03\x04"u8);
    }

    private static long Begin(Tensor tensor)
        => tensor.Source.Block.Begin + tensor.Source.Offset + (tensor.Offset * SafetensorsTypes.ByteCount(tensor.Dtype));

    private static bool IsContiguous(Tensor tensor)
    {
        var step = 1L;
        for (var i = tensor.Shape.Length - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] > 1 && tensor.Strides[i] != step)
            {
                return false;
            }

            step *= Math.Max(1, tensor.Shape[i]);
        }

        return true;
    }

    private static void Swap(Span<byte> bytes, int width)
    {
        for (var at = 0; width > 1 && at < bytes.Length; at += width)
        {
            bytes.Slice(at, width).Reverse();
        }
    }

    private IReadOnlyDictionary<string, Tensor> ReadZip()
    {
        var records = ZipRecords.Read(_stream, Name);
        var input = ZipPickle(records, _stream, Name);
        _isBigEndian = records.Text("byteorder") switch
        {
            null or "little" => false,
            "big" => true,
            var order => throw Refuse($"has a byte order '{order}'; little and big are known"),
        };
        var storages = new StorageIds(input, hasViews: false);
        var tensors = TorchTensors.Find(input, PickleMachine.Run(input, storages.Load));
        foreach (var (key, block) in storages.Blocks)
        {
            if (records.Find("data/" + key) is not var (at, bytes))
            {
                throw Refuse($"has no record for storage '{key}'");
            }

            block.Begin = bytes == block.Length ? at : throw Refuse($"has {bytes} bytes for storage '{key}', which is {block.Length} bytes long");
        }

        return tensors;
    }

    /// <summary>The pickle of the object in a zip archive, of a version that is known.</summary>
    private static PickleInput ZipPickle(ZipRecords records, Stream stream, string name)
    {
        var version = records.Text("version") ?? records.Text(".data/version");
        if (!int.TryParse(version, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            || number is < 1 or > NewestVersion)
        {
            throw WeightFileException.About(name, version is null
                ? "is a zip archive without the record version: no file of torch.save"
                : $"is of version {version}; 1 to {NewestVersion} are known");
        }

        return records.Find("data.pkl") is var (begin, length)
            ? new PickleInput(stream, name, begin, begin + length)
            : throw WeightFileException.About(name, "is a zip archive without the record data.pkl: no file of torch.save");
    }

    /// <summary>Five pickles (magic number, version, system, object, storage keys), then each storage's count and bytes.</summary>
    private IReadOnlyDictionary<string, Tensor> ReadLegacy()
    {
        var input = LegacyPickle(_stream, Name, out _isBigEndian);
        var storages = new StorageIds(input, hasViews: true);
        var tensors = TorchTensors.Find(input, PickleMachine.Run(input, storages.Load));
        input = input.Next();
        PlaceStorages(storages.Blocks, RunPlain(input, Name), input.Position);
        return tensors;
    }

    /// <summary>The pickle of the object in the format before zip, behind magic number, version and system.</summary>
    private static PickleInput LegacyPickle(Stream stream, string name, out bool isBigEndian)
    {
        // What does not begin as a pickle is most likely something else altogether.
        stream.Position = 0;
        if (!BeginsPickle(stream.ReadByte()))
        {
            throw WeightFileException.About(name, "is no weight file: neither a zip archive nor the format before it, both of torch.save, nor safetensors");
        }

        var input = new PickleInput(stream, name, 0);
        if (RunPlain(input, name) is not BigInteger magic || magic != LegacyMagic)
        {
            throw WeightFileException.About(name, "is a pickle without the magic number of torch.save");
        }

        input = input.Next();
        if (RunPlain(input, name) is not (long and LegacyVersion))
        {
            throw WeightFileException.About(name, $"is of another version of the format before zip than {LegacyVersion}");
        }

        input = input.Next();
        isBigEndian = RunPlain(input, name) is Map system && system.Items.TryGetValue(new Key("little_endian", IsText: true), out var isLittle) && isLittle is false;
        return input.Next();
    }

    private static bool BeginsPickle(int first) => first is (int)PickleOpcode.Proto or (int)PickleOpcode.Global or (int)PickleOpcode.Long;

    private void PlaceStorages(IReadOnlyDictionary<string, StorageBlock> blocks, object? keys, long at)
    {
        if (keys is not Sequence { Kind: SequenceKind.List } list)
        {
            throw Refuse("has no list of storage keys");
        }

        Span<byte> bytes = stackalloc byte[sizeof(long)];
        foreach (var item in list.Items)
        {
            if (item is not string key || !blocks.TryGetValue(key, out var block) || block.Begin >= 0)
            {
                throw Refuse($"lists storage '{item}', which is in no tensor or was listed before");
            }

            if (block.Length > _stream.Length - at - sizeof(long))
            {
                throw Refuse($"ends at byte {_stream.Length}, inside storage '{key}' of {block.Length} bytes from byte {at} on: the file is truncated");
            }

            _stream.Position = at;
            _stream.ReadExactly(bytes);
            var count = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            if (count != block.Count)
            {
                throw Refuse($"has {count} elements for storage '{key}', which has {block.Count}");
            }

            block.Begin = at + sizeof(long);
            at = block.Begin + block.Length;
        }

        if (blocks.Values.FirstOrDefault(block => block.Begin < 0) is { } missing)
        {
            throw Refuse($"has no bytes for storage '{missing.Key}'");
        }
    }

    /// <summary>A pickle that has no storages.</summary>
    private static object? RunPlain(PickleInput input, string name)
        => PickleMachine.Run(input, _ => throw WeightFileException.About(name, "has a storage where none belongs"));

    /// <summary>Copies elements of a view in row-major order, a run of neighbours at a time.</summary>
    private void Gather(Tensor tensor, int width, long first, Span<byte> target)
    {
        if (target.IsEmpty)
        {
            return;
        }

        var (shape, strides) = (tensor.Shape, tensor.Strides);
        var index = new long[shape.Length];
        for (var (d, rest) = (shape.Length - 1, first); d >= 0; rest /= shape[d--])
        {
            index[d] = rest % shape[d];
        }

        var run = strides[^1] == 1 ? shape[^1] : 1;
        while (!target.IsEmpty)
        {
            var element = tensor.Offset;
            for (var d = 0; d < shape.Length; d++)
            {
                element += index[d] * strides[d];
            }

            var count = (int)Math.Min(run == 1 ? 1 : run - index[^1], target.Length / width);
            _stream.Position = tensor.Source.Block.Begin + tensor.Source.Offset + (element * width);
            _stream.ReadExactly(target[..(count * width)]);
            target = target[(count * width)..];
            index[^1] += count;
            for (var d = shape.Length - 1; d > 0 && index[d] == shape[d]; d--)
            {
                index[d] = 0;
                index[d - 1]++;
            }
        }
    }

    private Tensor Find(string key) => _tensors.TryGetValue(key, out var tensor) ? tensor : throw NoSuchTensor(key);

    private WeightFileException Refuse(string what) => WeightFileException.About(Name, what);
}
