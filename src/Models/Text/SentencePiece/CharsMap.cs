using System.Buffers.Binary;

namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>
/// A precompiled table of replacements: the size of a double-array trie over UTF-8 bytes (as darts-clone writes it), its 32-bit units, and the
/// replacements one behind the other, each ended by a zero byte.
/// </summary>
internal sealed class CharsMap
{
    private const int LongestReplacement = 1 << 10;

    private readonly uint[] _units;
    private readonly byte[] _replacements;

    /// <summary>Reads a table.</summary>
    /// <exception cref="FormatException">It is damaged.</exception>
    public CharsMap(ReadOnlySpan<byte> table)
    {
        var size = table.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(table) : uint.MaxValue;
        if (size > table.Length - sizeof(uint) || size < sizeof(uint) || size % sizeof(uint) != 0)
        {
            throw new FormatException($"its table of replacements has {table.Length} bytes and says that {size} of them are units");
        }

        _units = new uint[size / sizeof(uint)];
        for (var i = 0; i < _units.Length; i++)
        {
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(table[((i + 1) * sizeof(uint))..]);
        }

        _replacements = table[(int)(sizeof(uint) + size)..].ToArray();
        CheckReplacements();
    }

    /// <summary>The replacement of the longest key that a text begins with.</summary>
    /// <param name="text">UTF-8</param>
    /// <param name="length">Bytes of the key; 0 where there is none.</param>
    public ReadOnlySpan<byte> Longest(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        var value = -1;
        var at = Begin();
        for (var i = 0; i < text.Length && Step(ref at, text[i], out var found); i++)
        {
            if (found >= 0)
            {
                (length, value) = (i + 1, found);
            }
        }

        return value < 0 ? default : Replacement(value);
    }

    /// <summary>
    /// The replacement of the shortest key that a text begins with, for the whole text: what Hugging Face's tokenizers library takes.
    /// </summary>
    /// <returns>Whether there is one.</returns>
    public bool TryShortest(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        var at = Begin();
        for (var i = 0; i < text.Length && text[i] != 0 && Step(ref at, text[i], out var found); i++)
        {
            if (found >= 0)
            {
                replacement = Replacement(found);
                return true;
            }
        }

        replacement = default;
        return false;
    }

    private uint Begin() => Offset(_units[0]);

    /// <summary>Follows one byte; a table that points outside itself has no such key.</summary>
    private bool Step(ref uint at, byte label, out int value)
    {
        const uint LabelMask = (1u << 31) | 0xFF;
        const uint HasLeaf = 1u << 8;
        value = -1;
        at ^= label;
        if (at >= _units.Length || (_units[at] & LabelMask) != label)
        {
            return false;
        }

        var unit = _units[at];
        at ^= Offset(unit);
        if ((unit & HasLeaf) != 0 && at < _units.Length && (int)(_units[at] & int.MaxValue) is var found && found < _replacements.Length)
        {
            value = found;
        }

        return true;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);

    private ReadOnlySpan<byte> Replacement(int start)
    {
        var rest = _replacements.AsSpan(start);
        return rest.IndexOf((byte)0) is >= 0 and var end ? rest[..end] : rest;
    }

    private void CheckReplacements()
    {
        var start = 0;
        while (start < _replacements.Length)
        {
            var length = Replacement(start).Length;
            if (length > LongestReplacement)
            {
                throw new FormatException($"a replacement in its table has {length} bytes; at most {LongestReplacement} are possible");
            }

            start += length + 1;
        }
    }
}
