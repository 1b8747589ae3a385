using System.Globalization;

namespace DiTFastAttn.Cli.Bench;

/// <summary>What a computation takes from the system at most.</summary>
internal static class PeakMemory
{
    private const string Status = "/proc/self/status";
    private const string ClearPeak = "/proc/self/clear_refs";

    /// <summary>The most bytes in use during a computation, less those before it; <see langword="null"/> where the system does not say.</summary>
    /// <param name="compute">Run once. Memory that was freed before and kept in the process is not seen.</param>
    public static long? During(Action compute)
    {
        if (!OperatingSystem.IsLinux())
        {
            compute();
            return null;
        }

        File.WriteAllText(ClearPeak, "5");
        var before = Read("VmRSS:");
        compute();
        return Read("VmHWM:") - before;
    }

    private static long Read(string field)
    {
        var line = File.ReadLines(Status).First(text => text.StartsWith(field, StringComparison.Ordinal));
        return 1024 * long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
