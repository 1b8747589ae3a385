using System.Runtime.InteropServices;

namespace DiTFastAttn.Cli;

/// <summary>The two outputs that a process is started with.</summary>
internal static partial class StandardOutputs
{
    private const int GetFlags = 3; // F_GETFL
    private const int AccessMode = 3; // O_ACCMODE

    /// <summary>
    /// Whoever starts the program with an output closed does not want what is written there: it goes nowhere. Its number may be that of another file
    /// by now, one that the runtime reads.
    /// </summary>
    public static void LeaveOutClosed()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        if (!IsWritable(1))
        {
            Console.SetOut(TextWriter.Null);
        }

        if (!IsWritable(2))
        {
            Console.SetError(TextWriter.Null);
        }
    }

    private static bool IsWritable(int descriptor) => fcntl(descriptor, GetFlags) is var flags and >= 0 && (flags & AccessMode) != 0;

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command);
}
