using System.Buffers;
using System.Text;

namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>UTF-8 as SentencePiece reads it.</summary>
internal static class Utf8
{
    /// <summary>U+2581, which stands for a space.</summary>
    public static ReadOnlySpan<byte> Space => "▁"u8;

    /// <summary>Bytes of the first character, told by its first byte; never more than there are.</summary>
    public static int CharLength(ReadOnlySpan<byte> text) => Math.Min(text.Length, text[0] switch
    {
        >= 0xF0 => 4,
        >= 0xE0 => 3,
        >= 0xC0 => 2,
        _ => 1,
    });

    /// <summary>Text of bytes, where each that is part of no character becomes U+FFFD on its own.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) != OperationStatus.Done)
            {
                consumed = 1;
            }

            text.Append(rune.ToString());
            bytes = bytes[consumed..];
        }

        return text.ToString();
    }
}
