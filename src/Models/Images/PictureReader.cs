namespace DiTFastAttn.Models;

/// <summary>Reads pictures of any of the formats that sets of pictures come in, told apart by their content.</summary>
public static class PictureReader
{
    /// <summary>The endings that pictures of a folder have.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".png", ".jpg", ".jpeg", ".webp"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no such picture, empty or damaged; one line names the file and the reason.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="DllNotFoundException">It is a WebP, and the machine has no libwebp.</exception>
    public static RgbImage Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <inheritdoc cref="Read(string)"/>
    public static RgbImage Read(byte[] file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return file switch
            {
                [] => throw new InvalidDataException("it is empty."),
                _ when PngReader.IsLikely(file) => PngReader.Read(file),
                _ when JpegReader.IsLikely(file) => JpegReader.Read(file),
                _ when WebpReader.IsLikely(file) => WebpReader.Read(file),
                _ => throw new InvalidDataException("it is no PNG, JPEG or WebP."),
            };
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"picture '{name}': {error.Message}", error);
        }
    }
}
