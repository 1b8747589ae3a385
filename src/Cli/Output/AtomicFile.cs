using System.Text;

namespace DiTFastAttn.Cli;

/// <summary>Writes files that appear whole or not at all: beside the target first, then renamed.</summary>
internal static class AtomicFile
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Unfinished = [];
    private static bool s_abandoned;

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text)
        => Write(path, temporary => File.WriteAllText(temporary, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)));

    /// <summary>Writes a file.</summary>
    /// <param name="path">The target; replaced where it exists.</param>
    /// <param name="write">Writes the file whose path it is given, beside the target and with the target's extension.</param>
    public static void Write(string path, Action<string> write)
    {
        var full = Path.GetFullPath(path);
        var temporary = Path.Combine(
            Path.GetDirectoryName(full) ?? throw new UserErrorException($"'{path}' is no file."),
            $".{Path.GetFileNameWithoutExtension(full)}.{Environment.ProcessId}.tmp{Path.GetExtension(full)}");
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(s_abandoned, typeof(AtomicFile));
            Unfinished.Add(temporary);
        }

        try
        {
            write(temporary);
            lock (Gate)
            {
                File.Move(temporary, full, overwrite: true);
            }
        }
        finally
        {
            lock (Gate)
            {
                Unfinished.Remove(temporary);
                File.Delete(temporary);
            }
        }
    }

    /// <summary>Takes unfinished files away before the process ends; no file is finished or begun after it.</summary>
    public static void AbandonAll()
    {
        // Never released: whoever is writing waits here for the end of the process instead of finishing a file.
        Gate.Enter();
        s_abandoned = true;
        foreach (var temporary in Unfinished)
        {
            File.Delete(temporary);
        }
    }
}
