using System.IO.MemoryMappedFiles;

namespace DiTFastAttn.Models.Weights;

/// <summary>A file mapped into memory, as a stream that seeks: reading copies once, from the system's cache of the file.</summary>
internal sealed class MappedFile : Stream
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _length;
    private long _position;

    private MappedFile(MemoryMappedViewAccessor view, long length) => (_view, _length) = (view, length);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    private static ReadOnlySpan<byte> LfsPointer => "version https://git-lfs.github.com/"u8;

    /// <summary>Opens a weight file.</summary>
    /// <exception cref="WeightFileException">It cannot be read, or it is the pointer that Git LFS leaves in its place.</exception>
    public static Stream Open(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            CheckPointer(file, path);

            // A mapping cannot be empty.
            return file.Length == 0 ? new MemoryStream([], writable: false) : Map(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WeightFileException.About(path, $"cannot be read: {(Directory.Exists(path) ? "it is a folder" : error.Message.TrimEnd('.'))}", error);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, Math.Max(0, _length - _position));
        if (count > 0)
        {
            _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)_position, buffer[..count]);
            _position += count;
        }

        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin)
        => Position = offset + origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => _position, _ => _length };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _view.Dispose();
        }

        base.Dispose(disposing);
    }

    private static MappedFile Map(FileStream file)
    {
        // The view keeps the mapping when its file is closed.
        using var mapping = MemoryMappedFile.CreateFromFile(file, mapName: null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        return new MappedFile(mapping.CreateViewAccessor(0, file.Length, MemoryMappedFileAccess.Read), file.Length);
    }

    private static void CheckPointer(FileStream file, string path)
    {
        Span<byte> start = stackalloc byte[LfsPointer.Length];
        var read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        if (start[..read].SequenceEqual(LfsPointer))
        {
            throw WeightFileException.About(
                path, $"is the pointer of Git LFS ({file.Length} bytes) and not the weights: fetch them with 'git lfs pull', or download the file itself");
        }
    }
}
