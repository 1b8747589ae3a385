using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// What a search has found so far, a JSON line each: what is searched; of a greedy search every trial and every finished row; of one within a budget every
/// scored row, every plan that was run, and the result of every move that was tried. A line is in the file before the search goes on, so a search that is
/// killed at any instant goes on from its log and ends with the same bits. One search at a time writes it.
/// </summary>
public sealed class SearchLog : IDisposable
{
    private const string Format = "ditfastattn-search/1";

    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _stream;
    private readonly string _name;
    private readonly List<JsonObject?> _lines = [];
    private int _read;

    /// <summary>A log on a stream.</summary>
    /// <param name="stream">Read from its start and written at its end; belongs to the log from now on.</param>
    /// <param name="name">What messages call it.</param>
    internal SearchLog(Stream stream, string name)
    {
        (_stream, _name) = (stream, name);
        ReadLines();
    }

    /// <summary>Whether it holds an earlier search's lines that are still to be gone through.</summary>
    internal bool HasMore => _read < _lines.Count;

    /// <summary>Opens a log.</summary>
    /// <param name="path">The file; made where there is none.</param>
    /// <param name="resume">Whether to go on from what it holds; a file that holds something is refused otherwise.</param>
    /// <exception cref="SearchLogException">Another search writes it, it is no search log, or it holds a search that is not to be gone on with.</exception>
    public static SearchLog Open(string path, bool resume)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SearchLogException(
                error is IOException && error.GetType() == typeof(IOException) && File.Exists(path)
                    ? $"search log '{path}': another search writes it; wait for its end, or give another log."
                    : $"search log '{path}': cannot be opened ({error.Message.TrimEnd('.')}).",
                error);
        }

        try
        {
            return resume || stream.Length == 0
                ? new SearchLog(stream, path)
                : throw new SearchLogException($"search log '{path}': holds a search already; resume it, or give another log.");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file; another search may take it then.</summary>
    public void Dispose() => _stream.Dispose();

    /// <summary>The SHA-256 of a tensor's elements, in hexadecimal digits: whether two searches see the same numbers.</summary>
    internal static string Digest(Tensor tensor)
    {
        using var onCpu = tensor.cpu();
        using var whole = onCpu.contiguous();
        return Convert.ToHexStringLower(SHA256.HashData(whole.bytes));
    }

    /// <summary>Writes what is searched, or makes sure that the log is of the same.</summary>
    /// <param name="fields">Name and value of everything that the results depend on.</param>
    /// <param name="kind">The kind of search.</param>
    internal void Begin(IReadOnlyList<(string Name, string Value)> fields, string kind = "search")
    {
        if (Next(kind) is not { } logged)
        {
            var line = new JsonObject { ["kind"] = kind, ["format"] = Format };
            foreach (var (name, value) in fields)
            {
                line[name] = value;
            }

            Write(line);
            return;
        }

        foreach (var (name, value) in fields.Prepend(("format", Format)))
        {
            if (Text(logged, name) is var other && other != value)
            {
                throw new SearchLogException($"search log '{_name}': is another search's: {name} is '{other}' there and '{value}' here; give another log.");
            }
        }
    }

    /// <summary>The numbers of a line, or <see langword="null"/> where the log ends before it.</summary>
    /// <param name="kind">What was computed, for example <c>row score</c>.</param>
    /// <param name="of">Of what: the same for the same numbers.</param>
    internal double[]? ReadNumbers(string kind, string of)
        => Next(kind) is { } line
            ? Text(line, "of") == of && line["values"] is JsonArray values && values.All(value => value is null || value.GetValueKind() == JsonValueKind.Number)
                ? [.. values.Select(value => value?.GetValue<double>() ?? double.NaN)]
                : throw Damaged($"the numbers of {kind} {of} were expected")
            : null;

    /// <summary>Writes numbers; NaN is none.</summary>
    /// <param name="kind">What was computed.</param>
    /// <param name="of">Of what.</param>
    /// <param name="values">The numbers.</param>
    internal void WriteNumbers(string kind, string of, IEnumerable<double> values)
        => Write(new JsonObject { ["kind"] = kind, ["of"] = of, ["values"] = new JsonArray([.. values.Select(value => double.IsNaN(value) ? null : JsonValue.Create(value))]) });

    /// <summary>The result of a run, or <see langword="null"/> where the log ends before it.</summary>
    /// <param name="of">What was run.</param>
    /// <returns><c>[n, …]</c>, which the caller owns.</returns>
    internal Tensor? ReadResult(string of)
    {
        if (Next("result") is not { } line)
        {
            return null;
        }

        try
        {
            var shape = (line["shape"] as JsonArray ?? []).Select(size => size!.GetValue<long>()).ToArray();
            var values = MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(Text(line, "values") ?? "")).ToArray();
            if (Text(line, "of") == of && shape.Aggregate(1L, (product, size) => product * size) == values.Length
                && Enum.TryParse<ScalarType>(Text(line, "dtype"), out var dtype))
            {
                using var single = tensor(values, shape);
                return single.to(dtype);
            }
        }
        catch (Exception error) when (error is FormatException or InvalidOperationException or OverflowException)
        {
            throw Damaged($"the result of {of} was expected ({error.Message.TrimEnd('.')})");
        }

        throw Damaged($"the result of {of} was expected");
    }

    /// <summary>Writes the result of a run: its elements in base 64, as float32, which holds those of shorter types to the bit.</summary>
    /// <param name="of">What was run.</param>
    /// <param name="result"><c>[n, …]</c>, borrowed.</param>
    internal void WriteResult(string of, Tensor result)
    {
        using var onCpu = result.to(ScalarType.Float32, CPU);
        using var whole = onCpu.contiguous();
        Write(new JsonObject
        {
            ["kind"] = "result",
            ["of"] = of,
            ["dtype"] = result.dtype.ToString(),
            ["shape"] = new JsonArray([.. result.shape.Select(size => JsonValue.Create(size))]),
            ["values"] = Convert.ToBase64String(whole.bytes),
        });
    }

    /// <summary>Rows as a short text: the same for the same rows.</summary>
    internal static string KeyOf(IEnumerable<IReadOnlyList<string>> rows)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', rows.Select(row => string.Join(' ', row))))));

    /// <summary>The logged loss of a trial, or <see langword="null"/> where the log ends before it.</summary>
    internal double? ReadTrial(int step, int site, string candidate)
        => Next("trial") is { } line
            ? Int(line, "step") == step && Int(line, "site") == site && Text(line, "candidate") == candidate
                ? Loss(line)
                : throw Damaged($"a trial of step {step}, site {site}, '{candidate}' was expected")
            : null;

    /// <summary>Writes a trial.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="siteName">The site's name, for readers.</param>
    /// <param name="seconds">How long it took, for readers.</param>
    internal void WriteTrial(in SearchTrial trial, string siteName, double seconds) => Write(new JsonObject
    {
        ["kind"] = "trial",
        ["step"] = trial.Step,
        ["site"] = trial.Site,
        ["name"] = siteName,
        ["candidate"] = trial.Candidate,
        ["loss"] = trial.Loss,
        ["threshold"] = trial.Threshold,
        ["accepted"] = trial.Accepted,
        ["seconds"] = Math.Round(seconds, 6),
    });

    /// <summary>Writes a finished row, or makes sure that the log's is the same and that the model gave the same bits.</summary>
    /// <param name="step">The step.</param>
    /// <param name="row">Strategy ids.</param>
    /// <param name="digest">The <see cref="Digest"/> of the model's output with this row; one of each batch, with spaces between.</param>
    internal void FinishRow(int step, IReadOnlyList<string> row, string digest)
    {
        if (Next("row") is not { } line)
        {
            Write(new JsonObject { ["kind"] = "row", ["step"] = step, ["row"] = new JsonArray([.. row.Select(id => JsonValue.Create(id))]), ["output"] = digest });
            return;
        }

        if (Int(line, "step") != step || !(line["row"] as JsonArray ?? []).Select(id => id?.ToString()).SequenceEqual(row))
        {
            throw Damaged($"the row of step {step} was expected");
        }

        if (Text(line, "output") != digest)
        {
            throw new SearchLogException(
                $"search log '{_name}': the model gave another output at step {step}: other weights, or a machine that computes other bits; give another log.");
        }
    }

    private JsonObject? Next(string kind)
    {
        if (!HasMore)
        {
            return null;
        }

        // Not needed again, and the lines of results are long.
        var line = _lines[_read]!;
        _lines[_read++] = null;
        return Text(line, "kind") == kind ? line : throw Damaged($"a line of kind '{kind}' was expected");
    }

    private void Write(JsonObject line)
    {
        try
        {
            _stream.Write(Encoding.UTF8.GetBytes(line.ToJsonString(OneLine) + "\n"));
            _stream.Flush();
        }
        catch (IOException error)
        {
            throw new SearchLogException(
                $"search log '{_name}': cannot be written ({error.Message.TrimEnd('.')}); make room and resume: what is there so far stays good.", error);
        }
    }

    /// <summary>A line without its end was being written when the search was killed: it never was.</summary>
    private void ReadLines()
    {
        var line = new ArrayBufferWriter<byte>();
        var buffer = new byte[1 << 16];
        long end = 0;
        _stream.Position = 0;
        while (_stream.Read(buffer) is var count && count > 0)
        {
            var rest = buffer.AsSpan(0, count);
            for (var length = rest.IndexOf((byte)'\n'); length >= 0; length = rest.IndexOf((byte)'\n'))
            {
                line.Write(rest[..length]);
                end += line.WrittenCount + 1;
                AddLine(line.WrittenSpan);
                line.ResetWrittenCount();
                rest = rest[(length + 1)..];
            }

            line.Write(rest);
        }

        _stream.SetLength(end);
        _stream.Position = end;
    }

    private void AddLine(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        try
        {
            _lines.Add(JsonNode.Parse(text) as JsonObject ?? throw new JsonException("no object"));
        }
        catch (JsonException error)
        {
            throw new SearchLogException($"search log '{_name}': line {_lines.Count + 1} is not JSON ({error.Message}); give another log.", error);
        }
    }

    private SearchLogException Damaged(string expected)
        => new(string.Create(CultureInfo.InvariantCulture, $"search log '{_name}': line {_read} does not follow from the lines before it: {expected}; give another log."));

    private double Loss(JsonObject line)
        => line["loss"] is JsonValue value && value.TryGetValue(out double loss) && !double.IsNaN(loss) ? loss : throw Damaged("a loss was expected");

    private int Int(JsonObject line, string name)
        => line[name] is JsonValue value && value.TryGetValue(out int number) ? number : throw Damaged($"a whole number '{name}' was expected");

    private static string? Text(JsonObject line, string name) => line[name]?.ToString();
}
