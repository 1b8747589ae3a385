using System.Globalization;
using TorchSharp;

namespace DiTFastAttn.Cli;

/// <summary>How many threads a verb computes on: torch's and the attention kernel's.</summary>
internal static class CpuThreads
{
    /// <summary>More than any machine gains from; a pool of many more could not even be made.</summary>
    public const int Most = 1024;

    /// <summary>
    /// Applies <c>--threads</c>. Where it is not given, all cores: libtorch itself would take half of the processors it sees, for it
    /// takes each for one of the two threads of a core. A user's <c>OMP_NUM_THREADS</c> stays.
    /// </summary>
    public static void Use(VerbCall call)
    {
        if (call.Get(CommonOptions.Threads) is { } threads)
        {
            torch.set_num_threads(threads);
        }
        else if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OMP_NUM_THREADS")))
        {
            torch.set_num_threads(CountCores());
        }
    }

    /// <summary>The processor's cores that this process may use; two threads of one core count once.</summary>
    public static int CountCores()
    {
        var cores = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            for (var cpu = 0; File.Exists(SiblingsOf(cpu)); cpu++)
            {
                cores.Add(File.ReadAllText(SiblingsOf(cpu)));
            }
        }
        catch (IOException)
        {
            // A container that hides the files: what the runtime counts has to do.
            cores.Clear();
        }

        // The runtime's count knows the container's limit and the affinity of the process.
        return cores.Count == 0 ? Environment.ProcessorCount : Math.Min(cores.Count, Environment.ProcessorCount);
    }

    private static string SiblingsOf(int cpu) => string.Create(
        CultureInfo.InvariantCulture, $"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
}
