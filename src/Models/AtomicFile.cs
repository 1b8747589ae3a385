using System.Text;

namespace DiTFastAttn.Models;

/// <summary>Writes files that appear whole or not at all: beside the target first, then renamed onto it.</summary>
internal static class AtomicFile
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Unfinished = [];

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes a file.</summary>
    /// <param name="path">The target, in a folder that exists; replaced where it is there.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">It cannot be written; a full disk is said as such.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = Begin(path);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
            }

            Finish(temporary, path);
        }
        catch (Exception error)
        {
            Abandon(temporary);
            if (IsDiskFull(error))
            {
                throw new IOException($"'{path}' cannot be written: the disk is full; make room, or give a place on another.", error);
            }

            throw;
        }
    }

    /// <summary>A name beside the target for somebody who writes a file himself; to be finished or abandoned.</summary>
    public static string Begin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var temporary = $"{Path.GetFullPath(path)}.{Guid.NewGuid().ToString("N")[..8]}.tmp";
        lock (Gate)
        {
            Unfinished.Add(temporary);
        }

        return temporary;
    }

    /// <summary>Puts what was written in the target's place.</summary>
    public static void Finish(string temporary, string path)
    {
        lock (Gate)
        {
            File.Move(temporary, Path.GetFullPath(path), overwrite: true);
            Unfinished.Remove(temporary);
        }
    }

    /// <summary>Takes what was written away.</summary>
    public static void Abandon(string temporary)
    {
        lock (Gate)
        {
            File.Delete(temporary);
            Unfinished.Remove(temporary);
        }
    }

    /// <summary>No space, or no more of the user's share of it: errno on Linux and macOS, HRESULT on Windows.</summary>
    private static bool IsDiskFull(Exception error)
        => error is IOException && error.HResult is 28 or 69 or 122 or unchecked((int)0x80070070) or unchecked((int)0x80070027);

    /// <summary>Takes unfinished files away before the process ends; no file is finished after it.</summary>
    public static void AbandonAll()
    {
        // Never released: whoever is writing waits here for the end of the process instead of finishing a file.
        Gate.Enter();
        foreach (var temporary in Unfinished)
        {
            File.Delete(temporary);
        }
    }
}
