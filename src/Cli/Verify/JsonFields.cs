using System.Text.Json;

namespace DiTFastAttn.Cli.Verify;

/// <summary>Fields of a case that have to be there: what is missing or of the wrong kind is said by name.</summary>
internal static class JsonFields
{
    /// <summary>A field of any kind.</summary>
    /// <exception cref="FormatException">It is missing.</exception>
    public static JsonElement Member(this JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            ? value
            : throw new FormatException($"the case has no field '{name}' where it is needed");

    /// <summary>A text.</summary>
    public static string Text(this JsonElement element, string name)
        => element.Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw Wrong(element, name, "a text");

    /// <summary>A whole number.</summary>
    public static int Int(this JsonElement element, string name)
        => element.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number)
            ? number
            : throw Wrong(element, name, "a whole number");

    /// <summary>A number.</summary>
    public static double Number(this JsonElement element, string name)
        => element.Member(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : throw Wrong(element, name, "a number");

    /// <summary>A truth value.</summary>
    public static bool Flag(this JsonElement element, string name)
        => element.Member(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : throw Wrong(element, name, "true or false");

    /// <summary>A list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name)
        => element.Member(name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : throw Wrong(element, name, "a list");

    /// <summary>A list of texts.</summary>
    public static string[] Texts(this JsonElement element, string name)
        => [.. element.Items(name).Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Wrong(element, name, "a list of texts"))];

    /// <summary>A list of whole numbers.</summary>
    public static long[] Longs(this JsonElement element, string name)
        => [.. element.Items(name).Select(item => item.ValueKind == JsonValueKind.Number ? item.GetInt64() : throw Wrong(element, name, "a list of whole numbers"))];

    /// <summary>A field, or <see langword="null"/> where it is missing or null.</summary>
    public static JsonElement? Optional(this JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static FormatException Wrong(JsonElement element, string name, string expected)
        => new($"the field '{name}' is {element.Member(name).GetRawText()}; {expected} is expected");
}
