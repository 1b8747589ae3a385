using System.Runtime.InteropServices;

namespace DiTFastAttn.Cli;

/// <summary>
/// Keeps freed memory in the process. libtorch takes and frees tensors of tens of megabytes many times a step; glibc gives
/// each back to the system and gets it anew, page fault by page fault: without this the demo's pictures take 20 to 30 % longer
/// (design note 002).
/// </summary>
internal static class NativeHeap
{
    private const int TrimThreshold = -1;
    private const int MaximumOfMappings = -4;

    /// <summary>Call it before torch is loaded. Does nothing where the C library is another one than glibc.</summary>
    public static void KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = SetOption(MaximumOfMappings, 0);
            _ = SetOption(TrimThreshold, int.MaxValue);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no such switch; its behaviour stays.
        }
    }

    [DllImport("libc", EntryPoint = "mallopt", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int parameter, int value);
}
