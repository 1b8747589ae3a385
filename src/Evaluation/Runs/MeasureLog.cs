using System.Buffers.Binary;
using System.Runtime.InteropServices;
using DiTFastAttn.Models;

namespace DiTFastAttn.Evaluation.Runs;

/// <summary>
/// A worker's results on disk, a record a picture, appended as they come: a worker that dies loses what it had in hand. What a kill cut off is recognised by its
/// checksum.
/// </summary>
internal sealed class MeasureLog : IDisposable
{
    /// <summary>What the files of all workers end in.</summary>
    public const string Ending = ".measures";

    // place, state, width and height in pixels, checksum
    private const int HeaderBytes = 20;

    private readonly FileStream _stream;
    private readonly int _width;

    private MeasureLog(FileStream stream, int width) => (_stream, _width) = (stream, width);

    /// <summary>Opens a worker's own file to append to; what was cut off is taken away.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Numbers of a picture.</param>
    public static MeasureLog Append(string path, int width)
    {
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            var sound = 0L;
            foreach (var _ in Read(stream, width))
            {
                sound = stream.Position;
            }

            stream.SetLength(sound);
            stream.Position = sound;
            return new MeasureLog(stream, width);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a file as far as it is sound; another worker may be writing to it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Numbers of a picture.</param>
    public static IEnumerable<MeasureRecord> Read(string path, int width)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        foreach (var record in Read(stream, width))
        {
            yield return record;
        }
    }

    /// <summary>Appends records, in one piece.</summary>
    public void Write(IReadOnlyList<MeasureRecord> records)
    {
        var bytes = new byte[records.Count * (HeaderBytes + (_width * sizeof(float)))];
        var at = 0;
        foreach (var record in records)
        {
            var part = bytes.AsSpan(at, HeaderBytes + (_width * sizeof(float)));
            BinaryPrimitives.WriteInt32LittleEndian(part, record.Index);
            BinaryPrimitives.WriteInt32LittleEndian(part[4..], record.IsSkipped ? 1 : 0);
            BinaryPrimitives.WriteInt32LittleEndian(part[8..], record.PixelWidth);
            BinaryPrimitives.WriteInt32LittleEndian(part[12..], record.PixelHeight);
            MemoryMarshal.AsBytes(record.Values.AsSpan()).CopyTo(part[HeaderBytes..]);
            BinaryPrimitives.WriteUInt32LittleEndian(part[16..], PngWriter.Checksum(part[..16], part[HeaderBytes..]));
            at += part.Length;
        }

        _stream.Write(bytes);
        _stream.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static IEnumerable<MeasureRecord> Read(FileStream stream, int width)
    {
        var buffer = new byte[HeaderBytes + (width * sizeof(float))];
        while (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) == buffer.Length)
        {
            if (PngWriter.Checksum(buffer.AsSpan(0, 16), buffer.AsSpan(HeaderBytes)) != BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(16)))
            {
                yield break;
            }

            yield return new MeasureRecord(
                BinaryPrimitives.ReadInt32LittleEndian(buffer),
                BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(4)) != 0,
                BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(8)),
                BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(12)),
                MemoryMarshal.Cast<byte, float>(buffer.AsSpan(HeaderBytes)).ToArray());
        }
    }
}
