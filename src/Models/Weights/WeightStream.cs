namespace DiTFastAttn.Models.Weights;

/// <summary>
/// Opens weight files for reading. Unbuffered: what is asked for goes from the system's cache of the file straight to where
/// it belongs, which a mapping does no better and, page fault by page fault, much slower.
/// </summary>
internal static class WeightStream
{
    private static ReadOnlySpan<byte> LfsPointer => "version https://git-lfs.github.com/"u8;

    /// <summary>Opens a weight file.</summary>
    /// <exception cref="WeightFileException">It cannot be read, or it is the pointer that Git LFS leaves in its place.</exception>
    public static Stream Open(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WeightFileException.About(path, $"cannot be read: {(Directory.Exists(path) ? "it is a folder" : error.Message.TrimEnd('.'))}", error);
        }

        try
        {
            CheckPointer(file, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void CheckPointer(FileStream file, string path)
    {
        Span<byte> start = stackalloc byte[LfsPointer.Length];
        var read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        if (IsPointer(start[..read]))
        {
            throw WeightFileException.About(
                path, $"is the pointer of Git LFS ({file.Length} bytes) and not the weights: fetch them with 'git lfs pull', or download the file itself");
        }
    }

    /// <summary>Whether bytes are the pointer that Git LFS leaves in the place of a file.</summary>
    public static bool IsPointer(ReadOnlySpan<byte> bytes) => bytes.StartsWith(LfsPointer);
}
