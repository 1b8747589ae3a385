using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace DiTFastAttn.Generators.Pipeline;

/// <summary>Writes indented C# with <c>\n</c> line ends.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _blankLineIsDue;

    /// <summary>Writes at the current depth; a text of several lines is indented line by line.</summary>
    public void Write(string text)
    {
        if (_blankLineIsDue)
        {
            _text.Append('\n');
            _blankLineIsDue = false;
        }

        foreach (var line in text.Split('\n'))
        {
            var trimmed = line.TrimEnd('\r');
            if (trimmed.Length > 0)
            {
                _text.Append(' ', 4 * _depth).Append(trimmed);
            }

            _text.Append('\n');
        }
    }

    /// <summary>Leaves a blank line before what comes next, unless a brace was just opened or is closed next.</summary>
    public void BlankLine() => _blankLineIsDue = _text.Length > 0 && _text[_text.Length - 2] != '{';

    public void Open()
    {
        Write("{");
        _depth++;
    }

    public void Close()
    {
        _depth--;
        _blankLineIsDue = false;
        Write("}");
    }

    public SourceText ToSourceText() => SourceText.From(_text.ToString(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
}
