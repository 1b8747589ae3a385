using System;
using System.Collections.Generic;

namespace DiTFastAttn.Plans.Reading;

/// <summary>A JSON value and where it stands.</summary>
/// <param name="kind">What it is.</param>
/// <param name="start">Where its first character stands.</param>
internal sealed class JsonNode(JsonKind kind, int start)
{
    public JsonKind Kind => kind;

    /// <summary>Where its first character stands.</summary>
    public int Start => start;

    /// <summary>Behind its last character.</summary>
    public int End { get; set; }

    /// <summary>The text of a string, a number as it is written; else nothing.</summary>
    public string Text { get; set; } = "";

    /// <summary>The values of an object or a list.</summary>
    public List<JsonNode> Items { get; } = kind is JsonKind.Object or JsonKind.Array ? [] : Nothing;

    /// <summary>The names of an object's values.</summary>
    public List<JsonNode> Names { get; } = kind == JsonKind.Object ? [] : Nothing;

    private static List<JsonNode> Nothing { get; } = [];

    /// <summary>The value of a name, or <see langword="null"/>.</summary>
    public JsonNode? this[string name]
    {
        get
        {
            var index = Names.FindIndex(other => string.Equals(other.Text, name, StringComparison.Ordinal));
            return index < 0 ? null : Items[index];
        }
    }
}
