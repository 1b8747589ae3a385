using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// A safetensors file, open for reading. The header is checked whole when it is opened; tensors are read one at a time,
/// when they are asked for. Not for several threads at once.
/// </summary>
public sealed class SafetensorsFile : IWeightSource, IDisposable
{
    // Tensor.bytes spans at most 2 GB.
    private const long ChunkBytes = 1L << 28;

    private readonly Stream _stream;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(Stream stream, string name)
    {
        _stream = stream;
        Name = name;
        _header = SafetensorsHeader.Read(stream, name);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The text metadata of the header (<c>__metadata__</c>).</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>What the file holds, by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Keys => [.. _header.Entries.Keys];

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">The file cannot be read, or it is no valid safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException($"weights '{path}': cannot be read: {(Directory.Exists(path) ? "it is a folder." : error.Message)}", error);
        }

        return Open(stream, path);
    }

    /// <summary>Opens a stream that can seek, for example an embedded resource, and checks its header.</summary>
    /// <param name="stream">The stream; belongs to the result from here on.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="WeightFileException">It is no valid safetensors file.</exception>
    public static SafetensorsFile Open(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            return new SafetensorsFile(stream, name);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string key) => Entry(key).Shape;

    /// <summary>Reads a tensor in the dtype it is stored in.</summary>
    /// <param name="key">The tensor's name.</param>
    /// <returns>A tensor on the CPU that the caller owns.</returns>
    /// <exception cref="WeightFileException">There is no such tensor, or torch has no type for its dtype.</exception>
    public Tensor Read(string key)
    {
        var entry = Entry(key);
        var type = SafetensorsTypes.ToTorch(entry.Dtype) ?? throw new WeightFileException(
            $"weights '{Name}': tensor '{key}' has dtype {entry.Dtype}, for which torch has no type; its bytes can be read, not its values.");

        // Booleans are stored as bytes that need not be 0 or 1.
        var tensor = empty([.. entry.Shape], dtype: type == ScalarType.Bool ? ScalarType.Byte : type);
        try
        {
            ReadInto(entry, tensor);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }

        return type == ScalarType.Bool ? tensor.to(ScalarType.Bool, disposeAfter: true) : tensor;
    }

    /// <summary>Reads the bytes of a tensor of any dtype, little-endian and in row-major order.</summary>
    /// <param name="key">The tensor's name.</param>
    /// <exception cref="WeightFileException">There is no such tensor.</exception>
    public byte[] ReadBytes(string key)
    {
        var entry = Entry(key);
        var bytes = new byte[entry.ByteCount];
        _stream.Position = _header.DataStart + entry.Begin;
        _stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private void ReadInto(SafetensorsEntry entry, Tensor tensor)
    {
        _stream.Position = _header.DataStart + entry.Begin;
        var width = tensor.element_size();
        using var flat = tensor.view(-1);
        var elements = tensor.numel();
        for (var done = 0L; done < elements; done += ChunkBytes / width)
        {
            using var part = flat.narrow(0, done, Math.Min(ChunkBytes / width, elements - done));
            _stream.ReadExactly(part.bytes);
        }
    }

    private SafetensorsEntry Entry(string key) => _header.Entries.TryGetValue(key, out var entry)
        ? entry
        : throw new WeightFileException($"weights '{Name}': there is no tensor '{key}' among its {_header.Entries.Count}.");
}
