using System.Globalization;
using System.Text.Json;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// How many keys the CPU kernel takes at a time on this model of processor: measured once (<c>ditfast bench tiles</c>), kept in the user's cache folder by
/// processor and instruction set. Without it, or with a file that cannot be read, the default serves: speed alone depends on it, and the order of sums.
/// </summary>
public static class TileTuning
{
    /// <summary>What serves where nothing was measured.</summary>
    public const int DefaultKeyBlock = 128;

    /// <summary>What may be chosen.</summary>
    public static IReadOnlyList<int> KeyBlocks { get; } = [64, 96, 128, 192, 256];

    /// <summary>The file: <c>$XDG_CACHE_HOME/ditfast/tiles.json</c>, or below <c>~/.cache</c>.</summary>
    public static string FilePath { get; } = Path.Combine(CacheFolder(), "ditfast", "tiles.json");

    /// <summary>The processor's model as the system names it.</summary>
    public static string Processor { get; } = FindProcessor();

    /// <summary>The keys taken at a time on an instruction set of this processor.</summary>
    public static int KeyBlockOf(CpuInstructionSet instructionSet) => KeyBlockOf(instructionSet, FilePath);

    /// <summary>Keeps a choice for this processor; kernels made from now on take it.</summary>
    /// <param name="instructionSet">The instruction set it was measured on.</param>
    /// <param name="keyBlock">One of <see cref="KeyBlocks"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is none of them.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Keep(CpuInstructionSet instructionSet, int keyBlock) => Keep(instructionSet, keyBlock, FilePath);

    internal static int KeyBlockOf(CpuInstructionSet instructionSet, string path)
        => Read(path).TryGetValue(KeyOf(instructionSet), out var block) && KeyBlocks.Contains(block) ? block : DefaultKeyBlock;

    internal static void Keep(CpuInstructionSet instructionSet, int keyBlock, string path)
    {
        if (!KeyBlocks.Contains(keyBlock))
        {
            throw new ArgumentOutOfRangeException(
                nameof(keyBlock), keyBlock, string.Create(CultureInfo.InvariantCulture, $"blocks have {string.Join(", ", KeyBlocks)} keys"));
        }

        var tiles = new SortedDictionary<string, int>(Read(path), StringComparer.Ordinal) { [KeyOf(instructionSet)] = keyBlock };
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var beside = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}");
        File.WriteAllText(beside, JsonSerializer.Serialize(tiles, TileTuningJson.Default.SortedDictionaryStringInt32));
        File.Move(beside, path, overwrite: true);
    }

    private static string KeyOf(CpuInstructionSet instructionSet) => $"{Processor}, {instructionSet}";

    // A cache: what is not there, or is no cache, was never measured.
    private static Dictionary<string, int> Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), TileTuningJson.Default.DictionaryStringInt32) ?? [] : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    private static string CacheFolder()
    {
        var given = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!string.IsNullOrEmpty(given))
        {
            return given;
        }

        return OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
    }

    private static string FindProcessor()
    {
        try
        {
            if (File.Exists("/proc/cpuinfo"))
            {
                // Models of one name differ in family and model number.
                string[] fields = ["model name", "cpu family", "model", "CPU implementer", "CPU part"];
                var found = File.ReadLines("/proc/cpuinfo").TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
                    .Where(pair => pair.Length == 2 && fields.Contains(pair[0])).Select(pair => pair[1]);
                return string.Join(' ', found);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown";
    }
}
