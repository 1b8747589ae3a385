using System.Globalization;

namespace DiTFastAttn.Cli.Run;

/// <summary>
/// Reads the configuration files of OpenSora's scripts: Python assignments of numbers, texts, None, True, False, tuples, lists and dict(…), and nothing
/// else of Python.
/// </summary>
internal sealed class PythonConfig
{
    private readonly string _name;
    private readonly string _text;
    private int _at;
    private int _depth;

    private PythonConfig(string name, string text) => (_name, _text) = (name, text);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Values by name: <see cref="double"/>, <see cref="string"/>, <see cref="bool"/>, <see langword="null"/>, lists, and dictionaries.</returns>
    /// <exception cref="UserErrorException">It cannot be read, or is more than assignments of literals; the message says the line.</exception>
    public static IReadOnlyDictionary<string, object?> Read(string path)
    {
        try
        {
            return new PythonConfig(path, File.ReadAllText(path).ReplaceLineEndings("\n")).Assignments();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--config {path}: cannot be read ({error.Message.TrimEnd('.')}).", error);
        }
    }

    private Dictionary<string, object?> Assignments()
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (Skip(); _at < _text.Length; Skip())
        {
            if (_text[_at] is '\n' or ';')
            {
                _at++;
                continue;
            }

            var name = Name();
            Take('=');
            values[name] = Value();
            Skip();
            if (_at < _text.Length && _text[_at] is not ('\n' or ';'))
            {
                throw Wrong("the end of the line");
            }
        }

        return values;
    }

    private object? Value()
    {
        const int Deepest = 32;
        Skip();
        if (++_depth > Deepest)
        {
            throw Wrong($"at most {Deepest} brackets in each other");
        }

        object? value = Peek() switch
        {
            '(' => Items('(', ')'),
            '[' => Items('[', ']'),
            '{' => Pairs(),
            '"' or '\'' => Text(),
            '-' or '+' or '.' or (>= '0' and <= '9') => Number(),
            _ => Word(),
        };
        _depth--;
        return value;
    }

    private object Items(char open, char close)
    {
        List<object?> items = [];
        var hasComma = false;
        Each(open, close, () => items.Add(Value()), () => hasComma = true);
        return open == '(' && items is [var only] && !hasComma ? only! : items;
    }

    private Dictionary<string, object?> Pairs()
    {
        var pairs = new Dictionary<string, object?>(StringComparer.Ordinal);
        Each('{', '}', () =>
        {
            var name = Text();
            Take(':');
            pairs[name] = Value();
        });
        return pairs;
    }

    private object? Word()
    {
        var word = Name();
        if (word != "dict")
        {
            return word switch { "None" => null, "True" => true, "False" => false, _ => throw Wrong("a number, a text, None, True, False, a list or dict(…)") };
        }

        var pairs = new Dictionary<string, object?>(StringComparer.Ordinal);
        Each('(', ')', () =>
        {
            var name = Name();
            Take('=');
            pairs[name] = Value();
        });
        return pairs;
    }

    private void Each(char open, char close, Action item, Action? comma = null)
    {
        Take(open);
        for (SkipLines(); Peek() != close; SkipLines())
        {
            item();
            SkipLines();
            if (Peek() != close)
            {
                Take(',');
                comma?.Invoke();
            }
        }

        Take(close);
    }

    private string Text()
    {
        SkipLines();
        var quote = Peek();
        if (quote is not ('"' or '\''))
        {
            throw Wrong("a text in quotes");
        }

        var text = new System.Text.StringBuilder();
        for (_at++; Peek() != quote; _at++)
        {
            if (Peek() is '\n' or '\0')
            {
                throw Wrong("the text's closing quote");
            }

            if (Peek() == '\\')
            {
                _at++;
            }

            text.Append(Peek());
        }

        _at++;
        return text.ToString();
    }

    private double Number()
    {
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() is '.' or '-' or '+' or '_')
        {
            _at++;
        }

        return double.TryParse(_text[start.._at].Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong("a number");
    }

    private string Name()
    {
        SkipLines();
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() == '_')
        {
            _at++;
        }

        return _at > start ? _text[start.._at] : throw Wrong("a name");
    }

    private void Take(char expected)
    {
        Skip();
        if (Peek() != expected)
        {
            throw Wrong($"'{expected}'");
        }

        _at++;
    }

    private char Peek() => _at < _text.Length ? _text[_at] : '\0';

    /// <summary>Blanks, comments and joined lines.</summary>
    private void Skip()
    {
        while (_at < _text.Length)
        {
            if (_text[_at] == '#')
            {
                _at = _text.IndexOf('\n', _at) is >= 0 and var end ? end : _text.Length;
            }
            else if (_text[_at] is ' ' or '\t' || (_text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] == '\n'))
            {
                _at += _text[_at] == '\\' ? 2 : 1;
            }
            else
            {
                return;
            }
        }
    }

    private void SkipLines()
    {
        for (Skip(); Peek() == '\n'; Skip())
        {
            _at++;
        }
    }

    private UserErrorException Wrong(string expected)
    {
        var line = _text.AsSpan(0, Math.Min(_at, _text.Length)).Count('\n') + 1;
        return new UserErrorException(
            $"--config {_name}: line {line.ToString(CultureInfo.InvariantCulture)}: {expected} is expected; only names with numbers, texts, lists and dict(…) are read.");
    }
}
