namespace DiTFastAttn.Models.Images.Jpeg;

/// <summary>The bits of a scan: stuffed zeros are taken out, and behind the scan's end there are zeros, as libjpeg has it.</summary>
/// <param name="file">The file.</param>
/// <param name="start">Where the scan's bits begin.</param>
internal sealed class JpegBits(byte[] file, int start)
{
    private uint _bits;
    private int _count;

    /// <summary>Where the next marker is looked for.</summary>
    public int Position { get; private set; } = start;

    /// <summary>The next bits, at most 16, as a number.</summary>
    public int Take(int count)
    {
        if (count == 0)
        {
            return 0;
        }

        var value = Peek(count);
        Skip(count);
        return value;
    }

    /// <summary>The next bits without going past them.</summary>
    public int Peek(int count)
    {
        while (_count < count)
        {
            _bits = (_bits << 8) | NextByte();
            _count += 8;
        }

        return (int)(_bits >> (_count - count)) & ((1 << count) - 1);
    }

    /// <summary>Goes past bits that were looked at.</summary>
    public void Skip(int count) => _count -= count;

    /// <summary>A number of so many bits whose first bit says its sign (ITU-T T.81, F.2.2.1).</summary>
    public int TakeSigned(int count)
    {
        var value = Take(count);
        return count > 0 && value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
    }

    /// <summary>Goes past a restart marker; the bits before it are padding.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public void Restart()
    {
        (_bits, _count) = (0, 0);
        while (Position + 1 < file.Length && file[Position] == 0xFF && file[Position + 1] == 0xFF)
        {
            Position++;
        }

        if (Position + 1 >= file.Length || file[Position] != 0xFF || file[Position + 1] is < 0xD0 or > 0xD7)
        {
            throw new InvalidDataException("its pixels are damaged: a restart marker is missing.");
        }

        Position += 2;
    }

    private byte NextByte()
    {
        if (Position >= file.Length)
        {
            throw new InvalidDataException("it ends in the middle.");
        }

        var value = file[Position];
        if (value != 0xFF)
        {
            Position++;
            return value;
        }

        if (Position + 1 < file.Length && file[Position + 1] == 0)
        {
            Position += 2;
            return value;
        }

        return 0;
    }
}
