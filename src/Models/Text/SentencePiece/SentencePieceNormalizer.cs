using System.Buffers;

namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>Makes text into what is cut into pieces: replacements by the model's own table, and spaces as it says.</summary>
internal sealed class SentencePieceNormalizer
{
    private readonly NormalizerSpec _spec;
    private readonly CharsMap? _map;
    private readonly Func<ReadOnlyMemory<byte>, int>? _protected;
    private readonly bool _isSuffix;

    /// <summary>Makes a normaliser.</summary>
    /// <param name="spec">What it does.</param>
    /// <param name="protectedPrefix">The length of what is left alone at the beginning of a text (user-defined symbols), or <see langword="null"/>.</param>
    /// <param name="isSuffix">Whether the dummy space is put behind the text.</param>
    /// <exception cref="FormatException">The table of replacements is damaged.</exception>
    public SentencePieceNormalizer(NormalizerSpec spec, Func<ReadOnlyMemory<byte>, int>? protectedPrefix, bool isSuffix)
    {
        _spec = spec;
        _map = spec.CharsMap.IsEmpty ? null : new CharsMap(spec.CharsMap.Span);
        _protected = protectedPrefix;
        _isSuffix = isSuffix;
    }

    /// <summary>The table of replacements, or <see langword="null"/>.</summary>
    public CharsMap? Map => _map;

    /// <summary>Normalises UTF-8 text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addDummyPrefix">Whether the dummy space is added.</param>
    public byte[] Normalize(ReadOnlyMemory<byte> text, bool addDummyPrefix)
    {
        var start = 0;
        while (_spec.RemoveExtraWhitespaces && start < text.Length && Prefix(text[start..], out var taken) is [(byte)' '])
        {
            start += taken;
        }

        if (start == text.Length)
        {
            return [];
        }

        var space = _spec.EscapeWhitespaces ? Utf8.Space : " "u8;
        var result = new ArrayBufferWriter<byte>(text.Length + 16);
        if (addDummyPrefix && !_isSuffix)
        {
            result.Write(space);
        }

        var afterSpace = _spec.RemoveExtraWhitespaces;
        while (start < text.Length)
        {
            var part = Prefix(text[start..], out var taken);
            start += taken;
            if (afterSpace)
            {
                part = part.TrimStart((byte)' ');
            }

            if (!part.IsEmpty)
            {
                Write(result, part, space);
                afterSpace = _spec.RemoveExtraWhitespaces && part[^1] == ' ';
            }
        }

        var length = result.WrittenCount;
        while (_spec.RemoveExtraWhitespaces && result.WrittenSpan[..length].EndsWith(space))
        {
            length -= space.Length;
        }

        return addDummyPrefix && _isSuffix ? [.. result.WrittenSpan[..length], .. space] : result.WrittenSpan[..length].ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> result, ReadOnlySpan<byte> part, ReadOnlySpan<byte> space)
    {
        while (part.IndexOf((byte)' ') is >= 0 and var at)
        {
            result.Write(part[..at]);
            result.Write(space);
            part = part[(at + 1)..];
        }

        result.Write(part);
    }

    private ReadOnlySpan<byte> Prefix(ReadOnlyMemory<byte> text, out int taken)
    {
        taken = _protected?.Invoke(text) ?? 0;
        if (taken > 0)
        {
            return text.Span[..taken];
        }

        if (_map is not null && _map.Longest(text.Span, out taken) is var replacement && taken > 0)
        {
            return replacement;
        }

        taken = Utf8.CharLength(text.Span);
        return text.Span[..taken];
    }
}
