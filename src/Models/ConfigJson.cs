using System.Text;
using System.Text.Json;

namespace DiTFastAttn.Models;

/// <summary>
/// Reads the <c>config.json</c> files of published models. Python writes the bare tokens Infinity, -Infinity and NaN, which
/// are not JSON; they are read as strings and then as numbers. Unknown keys are ignored; null means the default.
/// </summary>
internal sealed class ConfigJson : IDisposable
{
    private readonly string _what;
    private readonly JsonDocument _document;

    private ConfigJson(string what, JsonDocument document)
    {
        _what = what;
        _document = document;
    }

    /// <summary>Reads a JSON object; dispose the result.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="what">What it configures, for messages.</param>
    public static ConfigJson Parse(string text, string what)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var document = JsonDocument.Parse(QuoteBareNumbers(text));
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return new ConfigJson(what, document);
            }

            document.Dispose();
            throw new FormatException($"{what} config: it is no JSON object.");
        }
        catch (JsonException error)
        {
            throw new FormatException($"{what} config: it is not JSON (line {(error.LineNumber ?? 0) + 1}).", error);
        }
    }

    public void Dispose() => _document.Dispose();

    public bool Has(string key) => Find(key) is not null;

    public int Int(string key, int otherwise) => Find(key) is not { } value
        ? otherwise
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw Wrong(key, value, "a whole number");

    public int? IntOrNull(string key) => Has(key) ? Int(key, 0) : null;

    public double Double(string key, double otherwise) => Find(key) is { } value ? Number(key, value) : otherwise;

    public double? DoubleOrNull(string key) => Find(key) is { } value ? Number(key, value) : null;

    public bool Bool(string key, bool otherwise) => Find(key) is not { } value
        ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Wrong(key, value, "true or false");

    public string? String(string key) => Find(key) is not { } value
        ? null
        : value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw Wrong(key, value, "a string");

    /// <summary>The text of an object inside this one.</summary>
    public string? Object(string key) => Find(key) is not { } value
        ? null
        : value.ValueKind == JsonValueKind.Object
            ? value.GetRawText()
            : throw Wrong(key, value, "an object");

    /// <summary>A size: one number for all fields (older files), or an object with a number for each; or null where the key is absent.</summary>
    public int[]? SizeOf(string key, params ReadOnlySpan<string> fields)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return [Int(key, 0)];
        }

        var sizes = new int[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            sizes[i] = value.TryGetProperty(fields[i], out var size) && size.ValueKind == JsonValueKind.Number && size.TryGetInt32(out var number)
                ? number
                : throw Wrong(key, value, $"a whole number, or an object with {string.Join(" and ", fields.ToArray())}");
        }

        return sizes;
    }

    /// <summary>A list of texts; what is no text in it is taken as it is written.</summary>
    public IReadOnlyList<string>? Strings(string key) => Find(key) is not { } value
        ? null
        : value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(e => e.ToString())]
            : throw Wrong(key, value, "a list of texts");

    public IReadOnlyList<double>? Doubles(string key) => Find(key) is not { } value
        ? null
        : value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(e => Number(key, e))]
            : throw Wrong(key, value, "a list of numbers");

    /// <summary>One of the named choices, or the default where the key is absent.</summary>
    public T Choice<T>(string key, T otherwise, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        if (Find(key) is not { } value)
        {
            return otherwise;
        }

        var names = new List<string>();
        foreach (var (name, choice) in choices)
        {
            if (value.ValueKind == JsonValueKind.String && value.ValueEquals(name))
            {
                return choice;
            }

            names.Add(name);
        }

        throw Wrong(key, value, $"one of {string.Join(", ", names)}");
    }

    private double Number(string key, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when value.ValueEquals("Infinity") => double.PositiveInfinity,
        JsonValueKind.String when value.ValueEquals("-Infinity") => double.NegativeInfinity,
        JsonValueKind.String when value.ValueEquals("NaN") => double.NaN,
        _ => throw Wrong(key, value, "a number"),
    };

    private JsonElement? Find(string key)
        => _document.RootElement.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private FormatException Wrong(string key, JsonElement value, string expected)
    {
        const int Shown = 60;
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return new($"{_what} config: {key} is {(text.Length > Shown ? text[..Shown] + "…" : text)}; it has to be {expected}.");
    }

    private static string QuoteBareNumbers(string text)
    {
        var result = new StringBuilder(text.Length);
        var inString = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (!inString && BareNumberAt(text, i) is { } token)
            {
                result.Append('"').Append(token).Append('"');
                i += token.Length - 1;
                continue;
            }

            if (text[i] == '"')
            {
                inString = !inString;
            }
            else if (inString && text[i] == '\\' && i + 1 < text.Length)
            {
                result.Append(text[i++]);
            }

            result.Append(text[i]);
        }

        return result.ToString();
    }

    private static string? BareNumberAt(string text, int index)
    {
        foreach (var token in (ReadOnlySpan<string>)["-Infinity", "Infinity", "NaN"])
        {
            if (string.CompareOrdinal(text, index, token, 0, token.Length) == 0)
            {
                return token;
            }
        }

        return null;
    }
}
