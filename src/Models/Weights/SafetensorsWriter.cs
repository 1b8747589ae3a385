using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using DiTFastAttn.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>Writes safetensors files: header padded to eight bytes, wide element types first, so that all data is aligned.</summary>
public static class SafetensorsWriter
{
    private const long ChunkBytes = 1L << 28;

    /// <summary>Writes named tensors; the file appears whole or not at all.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <param name="tensors">Tensors by name, on any device and of any strides; they stay the caller's.</param>
    /// <param name="metadata">Text for the header's <c>__metadata__</c>.</param>
    /// <exception cref="ArgumentException">A tensor's dtype has no name in the format, or a name is reserved.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Write(path, tensors.Select(tensor => (tensor.Key, tensor.Value.dtype, tensor.Value.shape)), (stream, name) => WriteBytes(stream, tensors[name]), metadata);
    }

    /// <summary>Writes tensors that are made one at a time, when it is their turn; the file appears whole or not at all.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <param name="tensors">Names, dtypes and shapes.</param>
    /// <param name="make">Makes a tensor; it is disposed when it is written.</param>
    /// <param name="metadata">Text for the header's <c>__metadata__</c>.</param>
    internal static void Write(
        string path, IEnumerable<(string Name, ScalarType Dtype, long[] Shape)> tensors, Func<string, Tensor> make, IReadOnlyDictionary<string, string> metadata)
        => Write(
            path,
            tensors,
            (stream, name) =>
            {
                using var tensor = make(name);
                WriteBytes(stream, tensor);
            },
            metadata);

    private static void Write(
        string path, IEnumerable<(string Name, ScalarType Dtype, long[] Shape)> tensors, Action<Stream, string> write, IReadOnlyDictionary<string, string>? metadata)
    {
        var entries = Plan(tensors);
        var header = Header(entries, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var entry in entries)
            {
                write(stream, entry.Name);
            }
        });
    }

    private static List<SafetensorsEntry> Plan(IEnumerable<(string Name, ScalarType Dtype, long[] Shape)> tensors)
    {
        var typed = new List<(string Name, SafetensorsDtype Dtype, long[] Shape, long Bytes)>();
        foreach (var (name, scalar, shape) in tensors)
        {
            var dtype = SafetensorsTypes.FromTorch(scalar) ?? throw new ArgumentException(
                $"tensor '{name}' has dtype {scalar}, which safetensors files cannot hold.", nameof(tensors));
            if (string.Equals(name, "__metadata__", StringComparison.Ordinal))
            {
                throw new ArgumentException("a tensor cannot be named '__metadata__': the format uses that name itself.", nameof(tensors));
            }

            typed.Add((name, dtype, shape, SafetensorsTypes.Elements(shape) * SafetensorsTypes.ByteCount(dtype)));
        }

        var entries = new List<SafetensorsEntry>(typed.Count);
        var end = 0L;
        foreach (var (name, dtype, shape, bytes) in typed
            .OrderByDescending(t => SafetensorsTypes.ByteCount(t.Dtype)).ThenBy(t => t.Name, StringComparer.Ordinal))
        {
            entries.Add(new SafetensorsEntry(name, dtype, shape, end, end + bytes));
            end += bytes;
        }

        return entries;
    }

    private static byte[] Header(List<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            foreach (var entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Dtype.ToString());
                WriteNumbers(json, "shape", entry.Shape);
                WriteNumbers(json, "data_offsets", [entry.Begin, entry.End]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string field, IEnumerable<long> numbers)
    {
        json.WriteStartArray(field);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void WriteBytes(Stream stream, Tensor tensor)
    {
        using var detached = tensor.detach();
        using var local = detached.cpu();
        using var packed = local.contiguous();
        using var flat = packed.view(-1);
        var chunk = ChunkBytes / packed.element_size();
        for (var done = 0L; done < flat.numel(); done += chunk)
        {
            using var part = flat.narrow(0, done, Math.Min(chunk, flat.numel() - done));
            stream.Write(part.bytes);
        }
    }
}
