using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace DiTFastAttn.Plans.Reading;

/// <summary>
/// Reads JSON (RFC 8259, no comments, no name twice) into values that know where they stand. The compiler, which checks plans with it too, cannot
/// bring System.Text.Json along, and both are to say the same.
/// </summary>
internal sealed class JsonReader
{
    /// <summary>How many objects and lists may stand in one another.</summary>
    private const int MostDepth = 64;

    private readonly string _text;
    private int _at;
    private PlanFault? _fault;

    private JsonReader(string text) => _text = text;

    /// <summary>Reads a whole text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fault">What is wrong, where the result is <see langword="null"/>.</param>
    public static JsonNode? Read(string text, out PlanFault? fault)
    {
        var reader = new JsonReader(text);
        var root = reader.Value(0);
        reader.SkipSpace();
        if (reader._fault is null && reader._at < text.Length)
        {
            reader.Refuse(reader._at, $"{reader.Found()} behind the end");
        }

        fault = reader._fault;
        return fault is null ? root : null;
    }

    private JsonNode Value(int depth)
    {
        SkipSpace();
        var start = _at;
        var node = Next() switch
        {
            '{' => Object(depth + 1),
            '[' => Array(depth + 1),
            '"' => String(),
            '-' or (>= '0' and <= '9') => Number(),
            't' => Word("true", JsonKind.True),
            'f' => Word("false", JsonKind.False),
            'n' => Word("null", JsonKind.Null),
            _ => Refuse(start, $"{Found()} where a value was expected"),
        };
        node.End = _at;
        return node;
    }

    private JsonNode Object(int depth)
    {
        var node = new JsonNode(JsonKind.Object, _at++);
        if (IsTooDeep(node, depth) || Ends(node, '}'))
        {
            return node;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            SkipSpace();
            if (Next() != '"')
            {
                return Refuse(_at, $"{Found()} where a name in quotes was expected");
            }

            var name = String();
            name.End = _at;
            if (_fault is null && !names.Add(name.Text))
            {
                return Refuse(name.Start, $"'{name.Text}' is there twice");
            }

            SkipSpace();
            if (_fault is not null || !Take(':', "':'"))
            {
                return node;
            }

            node.Names.Add(name);
            node.Items.Add(Value(depth));
        }
        while (GoesOn('}'));
        return node;
    }

    private JsonNode Array(int depth)
    {
        var node = new JsonNode(JsonKind.Array, _at++);
        if (IsTooDeep(node, depth) || Ends(node, ']'))
        {
            return node;
        }

        do
        {
            node.Items.Add(Value(depth));
        }
        while (GoesOn(']'));
        return node;
    }

    private bool IsTooDeep(JsonNode node, int depth)
    {
        if (depth > MostDepth)
        {
            Refuse(node.Start, string.Format(CultureInfo.InvariantCulture, "more than {0} objects and lists in one another", MostDepth));
        }

        return _fault is not null;
    }

    private bool Ends(JsonNode node, char close)
    {
        SkipSpace();
        if (Next() != close)
        {
            return false;
        }

        node.End = ++_at;
        return true;
    }

    /// <summary>Whether a comma follows, and not the end.</summary>
    private bool GoesOn(char close)
    {
        SkipSpace();
        if (_fault is not null)
        {
            return false;
        }

        if (Next() == close)
        {
            _at++;
            return false;
        }

        return Take(',', $"',' or '{close}'");
    }

    private JsonNode String()
    {
        var node = new JsonNode(JsonKind.String, _at++);
        var from = _at;
        StringBuilder? escaped = null;
        while (true)
        {
            if (_at >= _text.Length)
            {
                return Refuse(node.Start, "a text without its closing quote");
            }

            var letter = _text[_at];
            if (letter == '"')
            {
                node.Text = escaped is null ? _text.Substring(from, _at - from) : escaped.ToString();
                _at++;
                return node;
            }

            if (letter < ' ')
            {
                return Refuse(_at, $"{Found()} in a text, where it has to be escaped");
            }

            if (letter == '\\')
            {
                escaped ??= new StringBuilder(_text, from, _at - from, Math.Max(16, _at - from));
                if (!Escape(escaped))
                {
                    return node;
                }
            }
            else
            {
                escaped?.Append(letter);
                _at++;
            }
        }
    }

    private bool Escape(StringBuilder to)
    {
        var start = _at++;
        var at = "\"\\/bfnrt".IndexOf(Next());
        if (at >= 0 && _at < _text.Length)
        {
            to.Append("\"\\/\b\f\n\r\t"[at]);
            _at++;
            return true;
        }

        if (Next() == 'u' && Hexadecimal(_at + 1) is { } unit)
        {
            to.Append(unit);
            _at += 5;
            return true;
        }

        Refuse(start, "'\\' in a text that begins none of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
        return false;
    }

    private char? Hexadecimal(int at)
        => at + 4 <= _text.Length && ushort.TryParse(_text.Substring(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? (char)unit : null;

    private JsonNode Number()
    {
        var node = new JsonNode(JsonKind.Number, _at);
        _at += Next() == '-' ? 1 : 0;
        var startsWithZero = Next() == '0';
        var whole = Digits();
        var isNumber = whole > 0 && (!startsWithZero || whole == 1);
        if (isNumber && Next() == '.')
        {
            _at++;
            isNumber = Digits() > 0;
        }

        if (isNumber && Next() is 'e' or 'E')
        {
            _at++;
            _at += Next() is '+' or '-' ? 1 : 0;
            isNumber = Digits() > 0;
        }

        node.Text = _text.Substring(node.Start, _at - node.Start);
        return isNumber ? node : Refuse(node.Start, $"'{node.Text}' is no number");
    }

    private int Digits()
    {
        var from = _at;
        while (Next() is >= '0' and <= '9')
        {
            _at++;
        }

        return _at - from;
    }

    private JsonNode Word(string word, JsonKind kind)
    {
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0)
        {
            return Refuse(_at, $"{Found()} where a value was expected");
        }

        _at += word.Length;
        return new JsonNode(kind, _at - word.Length);
    }

    private bool Take(char sign, string expected)
    {
        if (Next() == sign)
        {
            _at++;
            return true;
        }

        Refuse(_at, $"{Found()} where {expected} was expected");
        return false;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }
    }

    private char Next() => _at < _text.Length ? _text[_at] : '\0';

    private string Found()
        => _at >= _text.Length ? "the end"
            : Next() == '/' ? "a comment or '/'"
            : Next() < ' ' ? string.Format(CultureInfo.InvariantCulture, "the control character U+{0:X4}", (int)Next())
            : $"'{_text[_at]}'";

    private JsonNode Refuse(int at, string what)
    {
        if (_fault is null)
        {
            var (line, column) = (1, at + 1);
            for (var i = _text.IndexOf('\n'); i >= 0 && i < at; i = _text.IndexOf('\n', i + 1))
            {
                line++;
                column = at - i;
            }

            var end = Math.Min(at + 1, _text.Length);
            _fault = new PlanFault(
                PlanFaultKind.NotJson, string.Format(CultureInfo.InvariantCulture, "not JSON (line {0}, column {1}: {2}).", line, column, what), Math.Min(at, end), end);
        }

        // Nothing more is read: whoever waits for a comma or an end finds the end.
        _at = _text.Length;
        return new JsonNode(JsonKind.Null, _text.Length);
    }
}
