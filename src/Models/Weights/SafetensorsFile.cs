using DiTFastAttn.Models.Weights;

namespace DiTFastAttn.Models;

/// <summary>A safetensors file, open for reading. The header is checked whole when it is opened.</summary>
public sealed class SafetensorsFile : WeightFile
{
    private readonly Stream _stream;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(Stream stream, string name)
        : base(name)
    {
        _stream = stream;
        _header = SafetensorsHeader.Read(stream, name);
        Keys = [.. _header.Entries.Values.OrderBy(entry => entry.Begin).Select(entry => entry.Name)];
    }

    /// <summary>The text metadata of the header (<c>__metadata__</c>).</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>What the file holds, by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> Keys { get; }

    /// <summary>Opens a safetensors file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightFileException">The file cannot be read, or it is no valid safetensors file.</exception>
    public static new SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Open(WeightStream.Open(path), path);
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
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stream.Dispose();
        }
    }

    internal override (SafetensorsDtype Dtype, IReadOnlyList<long> Shape) Describe(string key)
    {
        var entry = Entry(key);
        return (entry.Dtype, entry.Shape);
    }

    internal override void ReadElements(string key, long first, Span<byte> target)
    {
        var entry = Entry(key);
        _stream.Position = _header.DataStart + entry.Begin + (first * SafetensorsTypes.ByteCount(entry.Dtype));
        _stream.ReadExactly(target);
    }

    private SafetensorsEntry Entry(string key) => _header.Entries.TryGetValue(key, out var entry) ? entry : throw NoSuchTensor(key);
}
