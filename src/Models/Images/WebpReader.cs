using System.Runtime.InteropServices;

namespace DiTFastAttn.Models;

/// <summary>
/// Reads WebP files as 8-bit RGB through the machine's libwebp, which is loaded when the first one is read. Transparency is dropped, as the Python library
/// Pillow does it.
/// </summary>
public static class WebpReader
{
    private static readonly string[] Names = ["libwebp.so.7", "libwebp.so", "libwebp.7.dylib", "libwebp.dylib", "libwebp"];

    private static readonly Lazy<Library> Loaded = new(Load);

    private unsafe delegate int GetInfo(byte* data, nuint size, out int width, out int height);

    private unsafe delegate nint DecodeInto(byte* data, nuint size, byte* output, nuint outputSize, int stride);

    /// <summary>Whether some bytes are the beginning of a WebP file.</summary>
    /// <param name="file">The bytes.</param>
    public static bool IsLikely(ReadOnlySpan<byte> file) => file.Length > 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8);

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="file">The bytes.</param>
    /// <exception cref="InvalidDataException">They are no WebP, damaged, or an animation.</exception>
    /// <exception cref="DllNotFoundException">The machine has no libwebp; the message says how to get it.</exception>
    public static unsafe RgbImage Read(ReadOnlySpan<byte> file)
    {
        if (!IsLikely(file))
        {
            throw new InvalidDataException("it is no WebP.");
        }

        var library = Loaded.Value;
        fixed (byte* data = file)
        {
            if (library.GetInfo(data, (nuint)file.Length, out var width, out var height) == 0)
            {
                throw new InvalidDataException("its header is damaged.");
            }

            var image = new RgbImage(width, height);
            var pixels = image.Pixels.Span;
            fixed (byte* output = pixels)
            {
                return library.DecodeInto(data, (nuint)file.Length, output, (nuint)pixels.Length, width * 3) != 0
                    ? image
                    : throw new InvalidDataException("its pixels are damaged, or it is an animation.");
            }
        }
    }

    private static Library Load()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var handle))
            {
                return new Library(
                    Marshal.GetDelegateForFunctionPointer<GetInfo>(NativeLibrary.GetExport(handle, "WebPGetInfo")),
                    Marshal.GetDelegateForFunctionPointer<DecodeInto>(NativeLibrary.GetExport(handle, "WebPDecodeRGBInto")));
            }
        }

        throw new DllNotFoundException("WebP pictures need libwebp, which this machine lacks: install it with 'apt-get install libwebp7' as root, or convert the pictures.");
    }

    private sealed record Library(GetInfo GetInfo, DecodeInto DecodeInto);
}
