using System.Buffers.Binary;
using System.Text;

namespace DiTFastAttn.Models.Weights.Torch;

/// <summary>
/// The records of a zip archive as torch writes them: stored, not deflated, in one folder. Everything that readers could
/// understand in two ways is refused.
/// </summary>
internal sealed class ZipRecords
{
    private const int EndBytes = 22;
    private const int LongestComment = ushort.MaxValue;
    private const int End64LocatorBytes = 20;
    private const int End64Bytes = 56;
    private const int EntryBytes = 46;
    private const int LocalBytes = 30;
    private const uint EndSignature = 0x06054B50;
    private const uint End64LocatorSignature = 0x07064B50;
    private const uint End64Signature = 0x06064B50;
    private const uint EntrySignature = 0x02014B50;
    private const uint LocalSignature = 0x04034B50;
    private const ushort Zip64Field = 1;
    private const int Encrypted = 1;

    private readonly Stream _stream;
    private readonly string _file;
    private readonly Dictionary<string, (long Begin, long Length)> _records = new(StringComparer.Ordinal);
    private string? _folder;

    private ZipRecords(Stream stream, string file) => (_stream, _file) = (stream, file);

    private static Encoding Names { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the directory and checks each record's place.</summary>
    /// <exception cref="WeightFileException">It is no archive of plain records.</exception>
    public static ZipRecords Read(Stream stream, string file)
    {
        var records = new ZipRecords(stream, file);
        records.ReadDirectory();
        return records;
    }

    /// <summary>Where a record of the archive's folder lies in the file, or null where there is none.</summary>
    /// <param name="name">Its name without the folder, for example <c>data.pkl</c>.</param>
    public (long Begin, long Length)? Find(string name) => _records.TryGetValue(name, out var record) ? record : null;

    /// <summary>A short record's text, or null where there is none.</summary>
    /// <exception cref="WeightFileException">It is too long to be such a text.</exception>
    public string? Text(string name)
    {
        const int Longest = 64;
        if (Find(name) is not var (begin, length))
        {
            return null;
        }

        return length <= Longest ? Encoding.Latin1.GetString(Bytes(begin, (int)length)).Trim() : throw Refuse($"has a record '{name}' of {length} bytes");
    }

    private void ReadDirectory()
    {
        var (begin, length, count) = FindDirectory();

        // The shortest entry bounds how many there can be; the directory itself is bounded by the file.
        if (count > length / EntryBytes || length > int.MaxValue)
        {
            throw Refuse($"claims {count} records in a directory of {length} bytes");
        }

        var directory = Bytes(begin, (int)length).AsSpan();
        for (var i = 0L; i < count; i++)
        {
            directory = ReadEntry(directory, begin);
        }

        if (!directory.IsEmpty)
        {
            throw Refuse("has a directory with more in it than its records");
        }
    }

    /// <summary>The directory's place: at the end of the file, where a download that was broken off has nothing.</summary>
    private (long Begin, long Length, long Count) FindDirectory()
    {
        var tailLength = (int)Math.Min(_stream.Length, EndBytes + LongestComment);
        var tail = Bytes(_stream.Length - tailLength, tailLength);
        for (var at = tailLength - EndBytes; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) != EndSignature || U16(end, 20) != end.Length - EndBytes)
            {
                continue;
            }

            var endAt = _stream.Length - tailLength + at;
            var narrow = (Count: (long)U16(end, 10), Length: U32(end, 12), Begin: U32(end, 16));
            var (disks, count, length, begin) = ((long)U16(end, 4) + U16(end, 6), narrow.Count, narrow.Length, narrow.Begin);
            if (ReadEnd64(endAt) is { } wide)
            {
                // torch writes both always; they may not disagree.
                (disks, count, length, begin, endAt) = wide;
                narrow = (Widened(narrow.Count, ushort.MaxValue, count), Widened(narrow.Length, uint.MaxValue, length), Widened(narrow.Begin, uint.MaxValue, begin));
            }

            if (disks != 0 || narrow != (count, length, begin) || begin < 0 || length < 0 || begin > endAt || length != endAt - begin)
            {
                throw Refuse($"says that its directory of {length} bytes begins at {begin}, where it is not");
            }

            return (begin, length, count);
        }

        throw Refuse("is a zip archive without its directory, which stands at the end: the file is truncated (a download that was broken off?) or damaged");
    }

    private static long Widened(long narrow, long full, long wide) => narrow == full ? wide : narrow;

    /// <summary>The zip64 end of the directory, if there is one before the plain end.</summary>
    private (long Disks, long Count, long Length, long Begin, long EndAt)? ReadEnd64(long endAt)
    {
        if (endAt < End64LocatorBytes + End64Bytes || Bytes(endAt - End64LocatorBytes, End64LocatorBytes) is var locator && U32(locator, 0) != End64LocatorSignature)
        {
            return null;
        }

        var at = I64(locator, 8);
        var end = at >= 0 && at <= endAt - End64LocatorBytes - End64Bytes ? Bytes(at, End64Bytes) : [];
        return end.Length > 0 && U32(end, 0) == End64Signature
            ? (U32(end, 16) + U32(end, 20), I64(end, 32), I64(end, 40), I64(end, 48), at)
            : throw Refuse("has no zip64 directory where it says so");
    }

    private Span<byte> ReadEntry(Span<byte> directory, long directoryBegin)
    {
        if (directory.Length < EntryBytes || U32(directory, 0) != EntrySignature)
        {
            throw Refuse("has a damaged directory");
        }

        var (nameLength, extraLength, commentLength) = (U16(directory, 28), U16(directory, 30), U16(directory, 32));
        var entryLength = EntryBytes + nameLength + extraLength + commentLength;
        if (directory.Length < entryLength)
        {
            throw Refuse("has a damaged directory");
        }

        var name = Name(directory.Slice(EntryBytes, nameLength));
        var (flags, method) = (U16(directory, 8), U16(directory, 10));
        var (stored, length, local) = Sizes(directory, directory.Slice(EntryBytes + nameLength, extraLength), name);
        if (method != 0 || (flags & Encrypted) != 0 || stored != length)
        {
            throw Refuse($"has a record '{name}' that is compressed or encrypted; torch stores plainly");
        }

        Add(name, DataOf(name, local, directoryBegin, directory.Slice(EntryBytes, nameLength), length), length);
        return directory[entryLength..];
    }

    private (long Stored, long Length, long Local) Sizes(Span<byte> entry, Span<byte> extra, string name)
    {
        var (stored, length, local) = (U32(entry, 20), U32(entry, 24), U32(entry, 42));
        if (stored != uint.MaxValue && length != uint.MaxValue && local != uint.MaxValue)
        {
            return (stored, length, local);
        }

        while (extra.Length >= 4)
        {
            var (id, size) = (U16(extra, 0), U16(extra, 2));
            if (size > extra.Length - 4)
            {
                break;
            }

            if (id == Zip64Field)
            {
                // Only what does not fit the short fields is there, in this order.
                var field = extra.Slice(4, size);
                Widen(ref length, ref field);
                Widen(ref stored, ref field);
                Widen(ref local, ref field);
                return (stored, length, local);
            }

            extra = extra[(4 + size)..];
        }

        throw Refuse($"has a record '{name}' without the zip64 sizes that it needs");

        void Widen(ref long value, ref Span<byte> field)
        {
            if (value == uint.MaxValue)
            {
                value = field.Length >= 8 ? I64(field, 0) : throw Refuse($"has a record '{name}' without the zip64 sizes that it needs");
                field = field[8..];
            }
        }
    }

    /// <summary>Where a record's bytes begin: behind its own header, which has to name the same record.</summary>
    private long DataOf(string name, long local, long directoryBegin, ReadOnlySpan<byte> rawName, long length)
    {
        if (local < 0 || length < 0 || local > directoryBegin - LocalBytes - rawName.Length)
        {
            throw Refuse($"has a record '{name}' that lies outside the file");
        }

        var header = Bytes(local, LocalBytes + rawName.Length);
        if (U32(header, 0) != LocalSignature || U16(header, 26) != rawName.Length || !rawName.SequenceEqual(header.AsSpan(LocalBytes)))
        {
            throw Refuse($"has no record '{name}' where its directory says");
        }

        var begin = local + header.Length + U16(header, 28);
        return length <= directoryBegin - begin
            ? begin
            : throw Refuse($"claims {length} bytes for the record '{name}', which has at most {Math.Max(0, directoryBegin - begin)}");
    }

    private void Add(string name, long begin, long length)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0)
        {
            throw Refuse($"has a record '{name}' outside of a folder; torch puts all into one");
        }

        var folder = name[..slash];
        _folder ??= folder;
        if (!string.Equals(folder, _folder, StringComparison.Ordinal))
        {
            throw Refuse($"has two folders, '{_folder}' and '{folder}'; torch writes one");
        }

        if (!_records.TryAdd(name[(slash + 1)..], (begin, length)))
        {
            throw Refuse($"has two records '{name}'");
        }
    }

    private string Name(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Names.GetString(bytes);
        }
        catch (ArgumentException error)
        {
            throw WeightFileException.About(_file, "has a record whose name is not UTF-8", error);
        }
    }

    private byte[] Bytes(long begin, int count)
    {
        var bytes = new byte[count];
        _stream.Position = begin;
        _stream.ReadExactly(bytes);
        return bytes;
    }

    private WeightFileException Refuse(string what) => WeightFileException.About(_file, what);

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static long U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
