namespace DiTFastAttn.Models.Images.Jpeg;

/// <summary>One pass over coefficients: all of them, or of a progressive file some of them to some of their bits (ITU-T T.81, annexes F and G).</summary>
/// <param name="Components">What it holds, with the tables of each.</param>
/// <param name="First">First coefficient in zigzag order.</param>
/// <param name="Last">Last coefficient.</param>
/// <param name="High">Bit down to which earlier passes came; 0 for none.</param>
/// <param name="Low">Bit down to which this one comes.</param>
internal sealed record JpegScan(IReadOnlyList<(JpegComponent Component, JpegHuffman? Dc, JpegHuffman? Ac)> Components, int First, int Last, int High, int Low)
{
    /// <summary>Where the coefficients of the zigzag order stand in a block.</summary>
    public static ReadOnlySpan<byte> Zigzag =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];

    // Blocks that end at once, of a run of them.
    private int _endRun;

    /// <summary>Reads the pass into the components' coefficients.</summary>
    /// <param name="bits">Its bits.</param>
    /// <param name="isProgressive">Whether the frame is.</param>
    /// <param name="restart">Units between restart markers; 0 for none.</param>
    /// <param name="unitColumns">Units a row, where the pass holds several components.</param>
    /// <param name="unitRows">Rows of units.</param>
    public void Read(JpegBits bits, bool isProgressive, int restart, int unitColumns, int unitRows)
    {
        // A component alone has only the blocks that the picture needs.
        var single = Components.Count == 1 ? Components[0].Component : null;
        var (columns, rows) = single is null
            ? (unitColumns, unitRows)
            : (JpegComponent.Divide(single.Width, 8), JpegComponent.Divide(single.Height, 8));
        for (var unit = 0; unit < columns * rows; unit++)
        {
            if (restart > 0 && unit > 0 && unit % restart == 0)
            {
                bits.Restart();
                _endRun = 0;
                foreach (var (component, _, _) in Components)
                {
                    component.LastDc = 0;
                }
            }

            var (row, column) = (unit / columns, unit % columns);
            foreach (var (component, dc, ac) in Components)
            {
                if (single is not null)
                {
                    ReadBlock(bits, isProgressive, component, dc, ac, component.Block(row, column));
                    continue;
                }

                for (var i = 0; i < component.Across * component.Down; i++)
                {
                    var block = component.Block((row * component.Down) + (i / component.Across), (column * component.Across) + (i % component.Across));
                    ReadBlock(bits, isProgressive, component, dc, ac, block);
                }
            }
        }
    }

    private void ReadBlock(JpegBits bits, bool isProgressive, JpegComponent component, JpegHuffman? dc, JpegHuffman? ac, Span<short> block)
    {
        if (!isProgressive)
        {
            ReadDc(bits, component, dc!, block);
            ReadAc(bits, ac!, block, first: 1, last: 63);
        }
        else if (First == 0 && High == 0)
        {
            ReadDc(bits, component, dc!, block);
        }
        else if (First == 0)
        {
            block[0] |= (short)(bits.Take(1) << Low);
        }
        else if (High == 0)
        {
            ReadAc(bits, ac!, block, First, Last);
        }
        else
        {
            RefineAc(bits, ac!, block);
        }
    }

    private void ReadDc(JpegBits bits, JpegComponent component, JpegHuffman table, Span<short> block)
    {
        var size = table.Next(bits);
        if (size > 16)
        {
            throw new InvalidDataException("its pixels are damaged: a difference has too many bits.");
        }

        component.LastDc += bits.TakeSigned(size);
        block[0] = (short)(component.LastDc << Low);
    }

    private void ReadAc(JpegBits bits, JpegHuffman table, Span<short> block, int first, int last)
    {
        if (_endRun > 0)
        {
            _endRun--;
            return;
        }

        for (var k = first; k <= last; k++)
        {
            var symbol = table.Next(bits);
            var (run, size) = (symbol >> 4, symbol & 15);
            if (size == 0)
            {
                if (run < 15)
                {
                    _endRun = (1 << run) - 1 + bits.Take(run);
                    return;
                }

                k += 15;
                continue;
            }

            k += run;
            if (k > last)
            {
                throw new InvalidDataException("its pixels are damaged: a block has too many coefficients.");
            }

            block[Zigzag[k]] = (short)(bits.TakeSigned(size) << Low);
        }
    }

    /// <summary>One bit more for coefficients that are not zero, and new ones of ±1 between them.</summary>
    private void RefineAc(JpegBits bits, JpegHuffman table, Span<short> block)
    {
        var k = First;
        var one = (short)(1 << Low);
        if (_endRun == 0)
        {
            for (; k <= Last; k++)
            {
                var symbol = table.Next(bits);
                var (run, size) = (symbol >> 4, symbol & 15);
                var value = (short)0;
                if (size > 0)
                {
                    value = bits.Take(1) == 1 ? one : (short)-one;
                }
                else if (run < 15)
                {
                    _endRun = (1 << run) + bits.Take(run);
                    break;
                }

                for (; k <= Last; k++)
                {
                    ref var coefficient = ref block[Zigzag[k]];
                    if (coefficient != 0)
                    {
                        Refine(bits, ref coefficient, one);
                    }
                    else if (run-- == 0)
                    {
                        coefficient = value;
                        break;
                    }
                }
            }
        }

        if (_endRun > 0)
        {
            for (; k <= Last; k++)
            {
                ref var coefficient = ref block[Zigzag[k]];
                if (coefficient != 0)
                {
                    Refine(bits, ref coefficient, one);
                }
            }

            _endRun--;
        }
    }

    private static void Refine(JpegBits bits, ref short coefficient, short one)
    {
        if (bits.Take(1) == 1 && (coefficient & one) == 0)
        {
            coefficient += coefficient >= 0 ? one : (short)-one;
        }
    }
}
