using System.Buffers.Binary;
using System.IO.Compression;

namespace DiTFastAttn.Models;

/// <summary>Writes animated PNG (APNG 1.0): every browser shows it, every other program shows its first frame.</summary>
public static class AnimatedPngWriter
{
    private const int ControlBytes = 26;

    /// <summary>Writes frames as they come: one is in memory at a time.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="frames">Pictures of one size.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="fps">Frames a second, above 0.</param>
    /// <param name="texts">Texts by keyword, as <see cref="PngText.Read"/> reads them.</param>
    /// <exception cref="ArgumentException">There is no frame, their number is another, or a size differs.</exception>
    public static void Write(Stream stream, IEnumerable<RgbImage> frames, int count, double fps, IReadOnlyDictionary<string, string>? texts = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fps);
        RgbImage? first = null;
        var (index, sequence) = (0, 0);
        foreach (var frame in frames)
        {
            if (first is null)
            {
                first = frame;
                Begin(stream, frame, count, texts);
            }

            if (frame.Width != first.Width || frame.Height != first.Height)
            {
                throw new ArgumentException($"frame {index} is {frame.Width}x{frame.Height}, the first {first.Width}x{first.Height}: frames of one size are needed.", nameof(frames));
            }

            PngWriter.WriteChunk(stream, "fcTL", Control(sequence++, frame, fps));
            var pixels = PngWriter.Compress(frame, CompressionLevel.Optimal);
            if (index++ == 0)
            {
                PngWriter.WriteChunk(stream, "IDAT", pixels);
            }
            else
            {
                PngWriter.WriteChunk(stream, "fdAT", [.. Number(sequence++), .. pixels]);
            }
        }

        if (index != count)
        {
            throw new ArgumentException($"there were {index} frames where {count} were announced.", nameof(frames));
        }

        PngWriter.WriteChunk(stream, "IEND", []);
    }

    private static void Begin(Stream stream, RgbImage first, int count, IReadOnlyDictionary<string, string>? texts)
    {
        PngWriter.WriteHeader(stream, first);
        PngWriter.WriteTexts(stream, texts);
        PngWriter.WriteChunk(stream, "acTL", [.. Number(count), .. Number(0)]); // played without end
    }

    private static byte[] Control(int sequence, RgbImage frame, double fps)
    {
        const int Thousandths = 1000;
        var isWhole = double.IsInteger(fps) && fps <= ushort.MaxValue;
        var control = new byte[ControlBytes];
        BinaryPrimitives.WriteInt32BigEndian(control, sequence);
        BinaryPrimitives.WriteInt32BigEndian(control.AsSpan(4), frame.Width);
        BinaryPrimitives.WriteInt32BigEndian(control.AsSpan(8), frame.Height);
        BinaryPrimitives.WriteUInt16BigEndian(control.AsSpan(20), isWhole ? (ushort)1 : (ushort)Math.Clamp(Math.Round(Thousandths / fps), 1, ushort.MaxValue));
        BinaryPrimitives.WriteUInt16BigEndian(control.AsSpan(22), isWhole ? (ushort)fps : (ushort)Thousandths);
        return control;
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
