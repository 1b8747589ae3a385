using System.IO.Compression;
using System.Numerics;
using System.Text;
using TorchSharp;

namespace DiTFastAttn.Cli.Tests.Testing;

/// <summary>Writes lists, dictionaries, texts, None and, in the zip format, float32 tensors as <c>torch.save</c> does: pickle protocol 2, texts that occur again by their memo index.</summary>
internal sealed class TorchSaved
{
    private readonly MemoryStream _bytes = new();
    private readonly Dictionary<string, int> _memo = new(StringComparer.Ordinal);
    private readonly List<byte[]> _storages = [];

    private TorchSaved(object? value)
    {
        _bytes.Write([0x80, 2]);
        Write(value);
        _bytes.WriteByte((byte)'.');
    }

    /// <summary>The zip format of today.</summary>
    public static void Zip(string path, object? value)
    {
        var saved = new TorchSaved(value);
        Zip(path, saved._bytes.ToArray(), saved._storages);
    }

    /// <summary>The zip format around any pickle.</summary>
    public static void Zip(string path, byte[] pickle) => Zip(path, pickle, []);

    private static void Zip(string path, byte[] pickle, IReadOnlyList<byte[]> storages)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Add("archive/data.pkl", pickle);
        Add("archive/version", "3\n"u8.ToArray());
        foreach (var (index, storage) in storages.Index())
        {
            Add($"archive/data/{index}", storage);
        }

        void Add(string name, byte[] bytes)
        {
            using var record = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
            record.Write(bytes);
        }
    }

    /// <summary>The format before it: magic number, version, system, the object, no storages.</summary>
    public static void Legacy(string path, object? value)
        => File.WriteAllBytes(path, [.. Pickle(Magic), .. Pickle(1001), .. Pickle(new Dictionary<string, object?>(StringComparer.Ordinal)), .. Pickle(value), .. Pickle(new List<object?>())]);

    private static BigInteger Magic { get; } = new([0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19], isUnsigned: true);

    /// <summary>The pickle alone.</summary>
    public static byte[] Pickle(object? value) => new TorchSaved(value)._bytes.ToArray();

    private void Write(object? value)
    {
        switch (value)
        {
            case null:
                _bytes.WriteByte((byte)'N');
                break;
            case string text when _memo.TryGetValue(text, out var index):
                _bytes.Write([(byte)'h', (byte)index]);
                break;
            case string text:
                var utf8 = Encoding.UTF8.GetBytes(text);
                _bytes.WriteByte((byte)'X');
                _bytes.Write(BitConverter.GetBytes(utf8.Length));
                _bytes.Write(utf8);
                _memo.Add(text, _memo.Count);
                _bytes.Write([(byte)'q', (byte)_memo[text]]);
                break;
            case int number:
                _bytes.WriteByte((byte)'J');
                _bytes.Write(BitConverter.GetBytes(number));
                break;
            case BigInteger number:
                var bytes = number.ToByteArray();
                _bytes.Write([0x8A, (byte)bytes.Length]);
                _bytes.Write(bytes);
                break;
            case torch.Tensor tensor:
                WriteTensor(tensor);
                break;
            case IReadOnlyDictionary<string, object?> map:
                _bytes.Write("}("u8);
                foreach (var (key, item) in map)
                {
                    Write(key);
                    Write(item);
                }

                _bytes.WriteByte((byte)'u');
                break;
            case IEnumerable<object?> list:
                _bytes.Write("]("u8);
                foreach (var item in list)
                {
                    Write(item);
                }

                _bytes.WriteByte((byte)'e');
                break;
            default:
                throw new ArgumentException($"{value.GetType()} is not written.", nameof(value));
        }
    }

    /// <summary>A call of <c>_rebuild_tensor_v2</c> with the storage's persistent id, offset, shape, strides, no gradient and no hooks.</summary>
    private void WriteTensor(torch.Tensor tensor)
    {
        using var packed = tensor.contiguous();
        _bytes.Write("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
        Write("storage");
        _bytes.Write("ctorch\nFloatStorage\n"u8);
        Write($"{_storages.Count}");
        Write("cpu");
        Write((int)packed.numel());
        _bytes.Write("tQ"u8);
        Write(0);
        WriteTuple(packed.shape);
        WriteTuple(packed.stride());
        _bytes.Write([0x89, .. "ccollections\nOrderedDict\n)RtR"u8]);
        _storages.Add(packed.bytes.ToArray());
    }

    private void WriteTuple(long[] values)
    {
        _bytes.WriteByte((byte)'(');
        foreach (var value in values)
        {
            Write((int)value);
        }

        _bytes.WriteByte((byte)'t');
    }
}
