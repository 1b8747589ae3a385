using System.Buffers.Binary;
using System.Text;

namespace DiTFastAttn.Models.Weights.Torch;

/// <summary>
/// The bytes of a pickle, and what reading it may cost. Lengths are compared with the bytes that are left before anything
/// of that length is made; what is made is charged to a budget that grows with the file.
/// </summary>
internal sealed class PickleInput
{
    private const int BufferBytes = 1 << 13;
    private const int LongestLine = 1000;
    private const long MaxBytes = 64L << 20;
    private const long LeastBudget = 32L << 20;
    private const int BudgetPerByte = 4;

    private readonly Stream _stream;
    private readonly string _file;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly long _begin;
    private readonly long _end;
    private long _budget;
    private long _bufferBegin;
    private int _bufferLength;

    /// <summary>Reads a part of a file.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="begin">First byte of the pickle.</param>
    /// <param name="end">One past the last byte it may have; the file's end where not given.</param>
    public PickleInput(Stream stream, string file, long begin, long? end = null)
    {
        (_stream, _file, _begin, _end) = (stream, file, begin, Math.Min(end ?? stream.Length, begin + MaxBytes));
        Position = begin;
        _budget = LeastBudget + (BudgetPerByte * stream.Length);
    }

    /// <summary>The next byte's place in the file.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes read so far.</summary>
    public long Consumed => Position - _begin;

    private static Encoding Utf8 { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The pickle that follows this one in the file.</summary>
    public PickleInput Next() => new(_stream, _file, Position);

    /// <summary>Charges memory or work to the budget.</summary>
    /// <exception cref="WeightFileException">More is asked for than a file of this size has use for.</exception>
    public void Charge(long bytes)
    {
        _budget -= bytes;
        if (_budget < 0)
        {
            throw Refuse("unfolds to far more than a file of its size can hold");
        }
    }

    public byte Byte() => Take(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public double BigEndianDouble() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A length of eight bytes; what no number holds is past any file's end.</summary>
    public long Length64() => (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(Take(8)), long.MaxValue);

    /// <summary>The next bytes; valid until the next call.</summary>
    /// <exception cref="WeightFileException">There are fewer.</exception>
    public ReadOnlySpan<byte> Take(long count)
    {
        CheckLeft(count);
        if (count > BufferBytes)
        {
            Charge(count);
            var bytes = new byte[count];
            _stream.Position = Position;
            _stream.ReadExactly(bytes);
            Position += count;
            return bytes;
        }

        if (Position < _bufferBegin || Position + count > _bufferBegin + _bufferLength)
        {
            _bufferBegin = Position;
            _bufferLength = (int)Math.Min(BufferBytes, _end - Position);
            _stream.Position = Position;
            _stream.ReadExactly(_buffer, 0, _bufferLength);
        }

        var taken = _buffer.AsSpan((int)(Position - _bufferBegin), (int)count);
        Position += count;
        return taken;
    }

    /// <summary>Reads past bytes.</summary>
    public void Skip(long count)
    {
        CheckLeft(count);
        Position += count;
    }

    /// <summary>Makes sure that a length which is claimed is there.</summary>
    public void CheckLeft(long count)
    {
        if (count < 0)
        {
            throw Refuse($"has a length of {count} bytes at byte {Consumed}");
        }

        if (count > _end - Position)
        {
            throw Refuse(_end - _begin == MaxBytes
                ? $"is longer than {MaxBytes} bytes"
                : $"ends at byte {_end - _begin}, {count} bytes are claimed at byte {Consumed}: it is truncated or damaged");
        }
    }

    /// <summary>A text in UTF-8.</summary>
    public string Text(long count)
    {
        CheckLeft(count);
        Charge(32 + (2 * count));
        return Decode(Take(count));
    }

    /// <summary>A line of text, without its end.</summary>
    public string Line()
    {
        Span<byte> line = stackalloc byte[LongestLine];
        for (var length = 0; length < LongestLine; length++)
        {
            var next = Byte();
            if (next == (byte)'\n')
            {
                Charge(32 + (2 * length));
                return Decode(line[..length]);
            }

            line[length] = next;
        }

        throw Refuse($"has a line of more than {LongestLine} bytes at byte {Consumed}");
    }

    /// <summary>What to throw for a pickle that is refused.</summary>
    public WeightFileException Refuse(string what, Exception? cause = null) => WeightFileException.About(_file, $"its pickle {what}", cause);

    private string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (ArgumentException error)
        {
            throw Refuse($"has a text that is not UTF-8 before byte {Consumed}", error);
        }
    }
}
