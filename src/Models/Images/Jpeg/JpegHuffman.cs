namespace DiTFastAttn.Models.Images.Jpeg;

/// <summary>A table of Huffman codes (ITU-T T.81, annex C).</summary>
internal sealed class JpegHuffman
{
    private const int Ahead = 8;
    private const int Longest = 16;

    // Of the next 8 bits: length · 256 + symbol, or 0 where the code is longer.
    private readonly ushort[] _short = new ushort[1 << Ahead];
    private readonly int[] _most = new int[Longest + 2];
    private readonly int[] _offset = new int[Longest + 1];
    private readonly byte[] _symbols;

    /// <summary>Makes the codes.</summary>
    /// <param name="counts">How many codes have 1 to 16 bits.</param>
    /// <param name="symbols">Their symbols.</param>
    /// <exception cref="InvalidDataException">There are more codes than bits allow.</exception>
    public JpegHuffman(ReadOnlySpan<byte> counts, byte[] symbols)
    {
        _symbols = symbols;
        var (code, index) = (0, 0);
        for (var length = 1; length <= Longest; length++)
        {
            _offset[length] = index - code;
            for (var i = 0; i < counts[length - 1]; i++, code++, index++)
            {
                if (code >= 1 << length)
                {
                    throw new InvalidDataException("a table of Huffman codes is damaged.");
                }

                if (length <= Ahead)
                {
                    _short.AsSpan(code << (Ahead - length), 1 << (Ahead - length)).Fill((ushort)((length << 8) | symbols[index]));
                }
            }

            _most[length] = counts[length - 1] > 0 ? code - 1 : -1;
            code <<= 1;
        }

        _most[Longest + 1] = int.MaxValue;
    }

    /// <summary>The next symbol.</summary>
    /// <exception cref="InvalidDataException">The bits are no code.</exception>
    public int Next(JpegBits bits)
    {
        if (_short[bits.Peek(Ahead)] is > 0 and var found)
        {
            bits.Skip(found >> 8);
            return found & 0xFF;
        }

        for (var length = Ahead + 1; length <= Longest; length++)
        {
            var code = bits.Peek(length);
            if (code <= _most[length])
            {
                bits.Skip(length);
                return _symbols[code + _offset[length]];
            }
        }

        throw new InvalidDataException("its pixels are damaged: bits are no Huffman code.");
    }
}
