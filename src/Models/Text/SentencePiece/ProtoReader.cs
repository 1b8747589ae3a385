using System.Buffers.Binary;

namespace DiTFastAttn.Models.Text.SentencePiece;

/// <summary>
/// Reads the fields of one protocol buffers message, in place: nothing is allocated, no length is believed before it is compared with the bytes
/// left, and messages inside are read by a reader of their own that the caller makes.
/// </summary>
internal ref struct ProtoReader
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;
    private int _wireType;

    public ProtoReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The number of the field that <see cref="Next"/> has come to.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; whoever does not read it calls <see cref="Skip"/>.</summary>
    /// <exception cref="FormatException">There is no sound field.</exception>
    public bool Next()
    {
        if (_position == _bytes.Length)
        {
            return false;
        }

        var tag = ReadVarint();
        (Field, _wireType) = ((int)Math.Min(tag >> 3, int.MaxValue), (int)(tag & 7));
        return Field > 0 ? true : throw new FormatException($"byte {_position} begins a field of number 0");
    }

    public void Skip()
    {
        switch (_wireType)
        {
            case Varint:
                _ = ReadVarint();
                break;
            case Fixed64:
                _ = Take(sizeof(ulong));
                break;
            case LengthDelimited:
                _ = TakeLengthDelimited();
                break;
            case Fixed32:
                _ = Take(sizeof(uint));
                break;
            default:
                throw new FormatException($"field {Field} is of wire type {_wireType}, which is not read");
        }
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(LengthDelimited);
        return TakeLengthDelimited();
    }

    public int Int32()
    {
        Expect(Varint);
        return (int)(long)ReadVarint();
    }

    public bool Bool()
    {
        Expect(Varint);
        return ReadVarint() != 0;
    }

    public float Float()
    {
        Expect(Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));
    }

    private readonly void Expect(int wireType)
    {
        if (_wireType != wireType)
        {
            throw new FormatException($"field {Field} is of wire type {_wireType} where {wireType} belongs");
        }
    }

    private ReadOnlySpan<byte> TakeLengthDelimited()
    {
        var length = ReadVarint();
        return length <= (ulong)(_bytes.Length - _position)
            ? Take((int)length)
            : throw new FormatException($"field {Field} has {length} bytes, of which {_bytes.Length - _position} are there");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _position)
        {
            throw new FormatException($"field {Field} ends behind the end of the file");
        }

        var taken = _bytes.Slice(_position, count);
        _position += count;
        return taken;
    }

    private ulong ReadVarint()
    {
        const int Longest = 10;
        ulong value = 0;
        for (var i = 0; i < Longest; i++)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException($"a number at byte {_position} has more than {Longest} bytes");
    }
}
