using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace DiTFastAttn.Models.Weights;

/// <summary>
/// Reads and checks the header of a safetensors file: eight bytes of length, that many bytes of JSON, then the data.
/// Nothing is allocated that the file's own size does not justify.
/// </summary>
internal sealed class SafetensorsHeader
{
    private const int LengthBytes = 8;
    private const long MaxBytes = 100_000_000;
    private const int MaxDepth = 8;
    private const int MaxDimensions = 64;

    private readonly string _file;
    private readonly Dictionary<string, SafetensorsEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string file) => _file = file;

    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Where the tensors' bytes begin in the file.</summary>
    public long DataStart { get; private set; }

    /// <summary>Whether a file of another name begins as this format does: a length that is inside the file, then an object.</summary>
    public static bool IsLikely(Stream stream)
    {
        Span<byte> start = stackalloc byte[LengthBytes + 1];
        stream.Position = 0;
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && start[LengthBytes] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(start) <= (ulong)(stream.Length - LengthBytes);
    }

    public static SafetensorsHeader Read(Stream stream, string file)
    {
        var header = new SafetensorsHeader(file);
        var fileBytes = stream.Length;
        if (fileBytes < LengthBytes)
        {
            throw header.Refuse($"{fileBytes} bytes are no safetensors file: it begins with 8 bytes of header length");
        }

        stream.Position = 0;
        Span<byte> prefix = stackalloc byte[LengthBytes];
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxBytes)
        {
            throw header.Refuse($"the header claims {length} bytes; at most {MaxBytes} are allowed");
        }

        if ((long)length > fileBytes - LengthBytes)
        {
            throw header.Refuse($"the header claims {length} bytes, but only {fileBytes - LengthBytes} follow; the file is truncated or no safetensors file");
        }

        var json = new byte[length];
        stream.ReadExactly(json);
        header.DataStart = LengthBytes + (long)length;
        header.Parse(json);
        header.CheckRanges(fileBytes - header.DataStart);
        return header;
    }

    private void Parse(byte[] json)
    {
        if (json.Length == 0 || json[0] != (byte)'{')
        {
            throw Refuse("the header is no JSON object: it has to begin with '{'");
        }

        if (!Utf8.IsValid(json))
        {
            throw Refuse("the header is not UTF-8");
        }

        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (string.Equals(name, "__metadata__", StringComparison.Ordinal))
                {
                    ReadMetadata(ref reader);
                }
                else
                {
                    ReadEntry(ref reader, name);
                }
            }

            // What follows the object may only be blanks; the reader throws on anything else.
            _ = reader.Read();
        }
        catch (JsonException error)
        {
            throw Refuse($"the header is not JSON at byte {error.BytePositionInLine ?? 0}", error);
        }
        catch (InvalidOperationException error)
        {
            throw Refuse("the header has a string that is no Unicode text (half of a surrogate pair)", error);
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Refuse("__metadata__ is no object of strings");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw Refuse($"__metadata__ '{key}' is no string; metadata is text only");
            }

            if (!_metadata.TryAdd(key, reader.GetString()!))
            {
                throw Refuse($"__metadata__ has '{key}' twice");
            }
        }
    }

    private void ReadEntry(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Refuse(name, "is described by no object; it needs dtype, shape and data_offsets");
        }

        SafetensorsDtype? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString()!;
            reader.Read();
            var isRepeated = field switch
            {
                "dtype" => dtype is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => false,
            };
            if (isRepeated)
            {
                throw Refuse(name, $"has the field '{field}' twice");
            }

            switch (field)
            {
                case "dtype":
                    dtype = ReadDtype(ref reader, name);
                    break;
                case "shape":
                    shape = ReadNumbers(ref reader, name, field, MaxDimensions);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(ref reader, name, field, 2);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (dtype is null || shape is null || offsets is not [var begin, var end])
        {
            throw Refuse(name, "lacks one of dtype, shape and data_offsets [begin, end]");
        }

        if (begin > end)
        {
            throw Refuse(name, $"begins at byte {begin} and ends at byte {end}; it has to end at or after its begin");
        }

        CheckSize(name, dtype.Value, shape, end - begin);
        if (!_entries.TryAdd(name, new SafetensorsEntry(name, dtype.Value, shape, begin, end)))
        {
            throw Refuse(name, "is there twice; names are unique");
        }
    }

    private SafetensorsDtype ReadDtype(ref Utf8JsonReader reader, string name)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "no string";
        foreach (var known in Enum.GetValues<SafetensorsDtype>())
        {
            if (string.Equals(known.ToString(), text, StringComparison.Ordinal))
            {
                return known;
            }
        }

        throw Refuse(name, $"has dtype {text}; known are {string.Join(", ", Enum.GetNames<SafetensorsDtype>())}");
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string field, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Refuse(name, $"has a {field} that is no list of whole numbers");
        }

        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
            {
                throw Refuse(name, $"has a {field} with an element that is no whole number of 0 or more");
            }

            if (numbers.Count == most)
            {
                throw Refuse(name, $"has a {field} of more than {most} numbers");
            }

            numbers.Add(number);
        }

        return numbers;
    }

    private void CheckSize(string name, SafetensorsDtype dtype, List<long> shape, long bytes)
    {
        var needed = (Int128)SafetensorsTypes.ByteCount(dtype);
        foreach (var size in shape)
        {
            needed = size == 0 ? 0 : needed * size;
            if (needed > long.MaxValue)
            {
                throw Refuse(name, $"has shape {SafetensorsTypes.ShapeText(shape)}, which is more than any file can hold");
            }
        }

        // A zero anywhere makes the tensor empty, wherever it stands in the shape.
        if (shape.Contains(0))
        {
            needed = 0;
        }

        if (needed != bytes)
        {
            throw Refuse(name, string.Create(
                CultureInfo.InvariantCulture,
                $"has shape {SafetensorsTypes.ShapeText(shape)} of {dtype}, which is {(long)needed} bytes, but its range has {bytes}"));
        }
    }

    /// <summary>The ranges, in order, have to cover the data exactly: no hole, no overlap, no rest.</summary>
    private void CheckRanges(long dataBytes)
    {
        var covered = 0L;
        foreach (var entry in _entries.Values.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.End > dataBytes)
            {
                throw Refuse(entry.Name, $"ends at byte {entry.End} of the data, which has only {dataBytes}; the file is truncated or damaged");
            }

            if (entry.Begin != covered)
            {
                throw Refuse(entry.Name, entry.Begin < covered
                    ? $"begins at byte {entry.Begin}, inside the tensor before it, which ends at {covered}"
                    : $"begins at byte {entry.Begin}; bytes {covered} to {entry.Begin} before it belong to no tensor");
            }

            covered = entry.End;
        }

        if (covered != dataBytes)
        {
            throw Refuse($"{dataBytes - covered} bytes after the last tensor belong to no tensor");
        }
    }

    private WeightFileException Refuse(string tensor, string what) => Refuse($"tensor '{tensor}' {what}");

    private WeightFileException Refuse(string what, Exception? cause = null) => WeightFileException.About(_file, what, cause);
}
