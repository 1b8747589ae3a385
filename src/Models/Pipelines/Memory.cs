using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>The memory that a load will need, against what the machine has free.</summary>
internal static class Memory
{
    /// <summary>Bytes that can be taken without swapping, or <see langword="null"/> where the system does not say.</summary>
    public static long? Available
    {
        get
        {
            const string File = "/proc/meminfo";
            const string Field = "MemAvailable:";
            var line = System.IO.File.Exists(File) ? System.IO.File.ReadLines(File).FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal)) : null;
            return line is not null && long.TryParse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture, out var kilobytes)
                ? kilobytes * 1024
                : null;
        }
    }

    /// <summary>Makes sure before loading that a model fits.</summary>
    /// <param name="what">The model, for the message.</param>
    /// <param name="bytes">What it needs.</param>
    /// <param name="device">Where it will lie; only the machine's own memory is asked.</param>
    /// <exception cref="NotEnoughMemoryException">There is less; the message has both figures.</exception>
    public static void Require(string what, long bytes, Device? device = null)
    {
        if ((device is null || device.type == DeviceType.CPU) && Available is { } available && bytes > available)
        {
            throw new NotEnoughMemoryException(string.Create(
                CultureInfo.InvariantCulture, $"not enough memory: {what} needs {bytes / 1e9:0.0} GB and {available / 1e9:0.0} GB are free; use a smaller --dtype, or a machine with more."));
        }
    }
}
