using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>
/// Weights on disk, open for reading, in any of the published formats: safetensors, PyTorch's <c>.pt</c>, <c>.pth</c> and
/// <c>.bin</c>, and shards with an index. What describes the tensors is checked whole when a file is opened; their values
/// are read one at a time, when they are asked for. Not for several threads at once.
/// </summary>
public abstract class WeightFile : IWeightSource, IDisposable
{
    // Converted chunk by chunk: what is read is still in the cache when it is converted. Tensor.bytes spans at most 2 GB.
    private const long ScratchBytes = 1L << 20;
    private const long SpanBytes = 1L << 28;

    /// <summary>For the formats.</summary>
    /// <param name="name">What to call it in messages.</param>
    private protected WeightFile(string name) => Name = name;

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyCollection<string> Keys { get; }

    /// <summary>Opens the weights of a model or of one of its parts.</summary>
    /// <param name="path">
    /// A file of any format, an index of shards (<c>*.index.json</c>), or a component's folder (<c>transformer/</c>,
    /// <c>vae/</c>, <c>text_encoder/</c>), whose file is found by the names that diffusers and transformers give.
    /// </param>
    /// <returns>The weights; dispose them when the model is loaded.</returns>
    /// <exception cref="WeightFileException">
    /// There is nothing to open, or it is damaged, truncated, no weight file, or more than plain weights; the message is one
    /// line that names the file and the reason.
    /// </exception>
    public static WeightFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = Directory.Exists(path) ? WeightFolder.Find(path) : path;
        return file.EndsWith(ShardedWeights.IndexEnding, StringComparison.OrdinalIgnoreCase) ? ShardedWeights.Open(file) : OpenSingle(file);
    }

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string key) => Describe(key).Shape;

    /// <inheritdoc/>
    public ScalarType? DtypeOf(string key) => SafetensorsTypes.ToTorch(Describe(key).Dtype);

    /// <summary>A tensor's element type, those that torch lacks too.</summary>
    /// <param name="key">The tensor's name.</param>
    /// <exception cref="WeightFileException">There is no such tensor.</exception>
    public SafetensorsDtype ElementTypeOf(string key) => Describe(key).Dtype;

    /// <summary>Reads a tensor in the dtype it is stored in.</summary>
    /// <param name="key">The tensor's name.</param>
    /// <returns>A contiguous tensor on the CPU that the caller owns.</returns>
    /// <exception cref="WeightFileException">There is no such tensor, or torch has no type for its dtype.</exception>
    public Tensor Read(string key)
    {
        var tensor = empty([.. ShapeOf(key)], dtype: TorchTypeOf(key));
        try
        {
            ReadInto(key, tensor);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }

        return tensor;
    }

    /// <summary>Reads the bytes of a tensor of any dtype, little-endian and in row-major order.</summary>
    /// <param name="key">The tensor's name.</param>
    /// <exception cref="WeightFileException">There is no such tensor.</exception>
    public byte[] ReadBytes(string key)
    {
        var (dtype, shape) = Describe(key);
        var bytes = new byte[checked(SafetensorsTypes.Elements(shape) * SafetensorsTypes.ByteCount(dtype))];
        ReadElements(key, 0, bytes);
        return bytes;
    }

    /// <inheritdoc/>
    /// <exception cref="WeightFileException">There is no such tensor, or torch has no type for its dtype.</exception>
    /// <exception cref="ArgumentException">The target has another shape.</exception>
    public void ReadInto(string key, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var shape = ShapeOf(key);
        if (!shape.SequenceEqual(target.shape))
        {
            throw new ArgumentException(
                $"tensor '{key}' has shape {SafetensorsTypes.ShapeText(shape)}, not {SafetensorsTypes.ShapeText(target.shape)} as its target.", nameof(target));
        }

        var stored = TorchTypeOf(key);
        using var noGrad = no_grad();
        using var detached = target.detach();
        if (!detached.is_contiguous())
        {
            using var packed = Read(key);
            detached.copy_(packed);
            return;
        }

        using var flat = detached.view(-1);

        // Booleans are stored as bytes that need not be 0 or 1.
        if (flat.dtype == stored && flat.device_type == DeviceType.CPU && stored != ScalarType.Bool)
        {
            ReadChunks(key, flat, SpanBytes / flat.element_size(), (first, part) => ReadElements(key, first, part.bytes));
        }
        else
        {
            ReadConverted(key, stored == ScalarType.Bool ? ScalarType.Byte : stored, flat);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the file.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);

    /// <summary>Element type and shape of a tensor.</summary>
    /// <exception cref="WeightFileException">There is no such tensor.</exception>
    internal abstract (SafetensorsDtype Dtype, IReadOnlyList<long> Shape) Describe(string key);

    /// <summary>Reads as many elements as fit the target, little-endian, from one on, counted in row-major order.</summary>
    internal abstract void ReadElements(string key, long first, Span<byte> target);

    /// <summary>What to throw for a name that the file lacks.</summary>
    internal WeightFileException NoSuchTensor(string key)
        => WeightFileException.About(Name, $"there is no tensor '{key}' among its {Keys.Count}{NearestName.Hint(key, Keys)}");

    /// <summary>Opens a file that is no index. All but safetensors are told apart by their content.</summary>
    internal static WeightFile OpenSingle(string path)
    {
        var stream = WeightStream.Open(path);
        return path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || SafetensorsHeader.IsLikely(stream)
            ? SafetensorsFile.Open(stream, path)
            : TorchFile.Open(stream, path);
    }

    private static void ReadChunks(string key, Tensor flat, long chunk, Action<long, Tensor> read)
    {
        var elements = flat.numel();
        for (var first = 0L; first < elements; first += chunk)
        {
            using var part = flat.narrow(0, first, Math.Min(chunk, elements - first));
            read(first, part);
        }
    }

    private void ReadConverted(string key, ScalarType stored, Tensor flat)
    {
        using var scratch = empty([Math.Min(ScratchBytes, flat.numel())], dtype: stored);
        ReadChunks(key, flat, ScratchBytes, (first, part) =>
        {
            using var elements = scratch.narrow(0, 0, part.numel());
            ReadElements(key, first, elements.bytes);
            part.copy_(elements);
        });
    }

    private ScalarType TorchTypeOf(string key) => DtypeOf(key) ?? throw WeightFileException.About(
        Name, $"tensor '{key}' has dtype {ElementTypeOf(key)}, for which torch has no type; its bytes can be read, not its values");
}
