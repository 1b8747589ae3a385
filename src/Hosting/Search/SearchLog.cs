using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Search;

/// <summary>
/// What a greedy search has found so far, a JSON line each: what is searched, every trial, every finished row. A line is in the file before the
/// search goes on, so a search that is killed at any instant goes on from its log and ends with the same bits. One search at a time writes it.
/// </summary>
public sealed class SearchLog : IDisposable
{
    private const string Format = "ditfastattn-search/1";

    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _stream;
    private readonly string _name;
    private readonly List<JsonObject> _lines = [];
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
    /// <param name="fields">Name and value of everything that the losses depend on.</param>
    internal void Begin(IReadOnlyList<(string Name, string Value)> fields)
    {
        if (Next("search") is not { } logged)
        {
            var line = new JsonObject { ["kind"] = "search", ["format"] = Format };
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

        var line = _lines[_read++];
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
        using var whole = new MemoryStream();
        _stream.Position = 0;
        _stream.CopyTo(whole);
        var bytes = whole.GetBuffer().AsSpan(0, (int)whole.Length);
        var end = bytes.LastIndexOf((byte)'\n') + 1;
        foreach (var text in Encoding.UTF8.GetString(bytes[..end]).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                _lines.Add(JsonNode.Parse(text) as JsonObject ?? throw new JsonException("no object"));
            }
            catch (JsonException error)
            {
                throw new SearchLogException($"search log '{_name}': line {_lines.Count + 1} is not JSON ({error.Message}); give another log.", error);
            }
        }

        _stream.SetLength(end);
        _stream.Position = end;
    }

    private SearchLogException Damaged(string expected)
        => new(string.Create(CultureInfo.InvariantCulture, $"search log '{_name}': line {_read} does not follow from the lines before it: {expected}; give another log."));

    private double Loss(JsonObject line)
        => line["loss"] is JsonValue value && value.TryGetValue(out double loss) && !double.IsNaN(loss) ? loss : throw Damaged("a loss was expected");

    private int Int(JsonObject line, string name)
        => line[name] is JsonValue value && value.TryGetValue(out int number) ? number : throw Damaged($"a whole number '{name}' was expected");

    private static string? Text(JsonObject line, string name) => line[name]?.ToString();
}
