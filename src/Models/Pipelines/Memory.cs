using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models;

/// <summary>The memory that a load will need, against what the machine has free.</summary>
internal static class Memory
{
    /// <summary>Bytes that can be taken without swapping, of the machine and of the control groups that the process is in; <see langword="null"/> where the system does not say.</summary>
    public static long? Available
    {
        get
        {
            const string Machine = "/proc/meminfo";
            const string Field = "MemAvailable:";
            var line = File.Exists(Machine) ? File.ReadLines(Machine).FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal)) : null;
            long? machine = line is not null && long.TryParse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture, out var kilobytes)
                ? kilobytes * 1024
                : null;
            return LeftOfGroups() is { } groups ? Math.Min(machine ?? long.MaxValue, groups) : machine;
        }
    }

    /// <summary>What a control group's limit leaves, with the file cache that it would give up; <see langword="null"/> where there is no limit.</summary>
    /// <param name="folder">The group's folder.</param>
    internal static long? LeftOf(string folder)
    {
        const string Cache = "inactive_file ";
        var (limit, used, statistics) = (Path.Combine(folder, "memory.max"), Path.Combine(folder, "memory.current"), Path.Combine(folder, "memory.stat"));
        if (!File.Exists(limit) || !File.Exists(used)
            || !long.TryParse(File.ReadAllText(limit).Trim(), CultureInfo.InvariantCulture, out var most)
            || !long.TryParse(File.ReadAllText(used).Trim(), CultureInfo.InvariantCulture, out var current))
        {
            return null;
        }

        var line = File.Exists(statistics) ? File.ReadLines(statistics).FirstOrDefault(l => l.StartsWith(Cache, StringComparison.Ordinal)) : null;
        var cached = line is not null && long.TryParse(line[Cache.Length..], CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;
        return Math.Max(0, most - current + cached);
    }

    private static long? LeftOfGroups()
    {
        const string Groups = "/sys/fs/cgroup", Own = "/proc/self/cgroup", Unified = "0::/";
        if (!File.Exists(Own) || File.ReadLines(Own).FirstOrDefault(l => l.StartsWith(Unified, StringComparison.Ordinal)) is not { } line)
        {
            return null;
        }

        long? left = null;
        for (var group = line[Unified.Length..]; ; group = Path.GetDirectoryName(group) ?? "")
        {
            left = LeftOf(Path.Combine(Groups, group)) is { } here ? Math.Min(left ?? long.MaxValue, here) : left;
            if (group.Length == 0)
            {
                return left;
            }
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
