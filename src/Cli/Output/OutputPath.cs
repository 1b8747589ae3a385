using DiTFastAttn.Cli.ObjectStore;

namespace DiTFastAttn.Cli;

/// <summary>Checks where results will go before any work is done for them, and leaves nothing behind.</summary>
internal static class OutputPath
{
    /// <summary>Makes sure that a folder is there or can be made, and that files can be written there.</summary>
    /// <param name="option">The option that named it, for the message.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UserErrorException">Nothing can be written there.</exception>
    public static void CheckFolder(string option, string folder)
    {
        if (ObjectAddress.IsLikely(folder))
        {
            throw new UserErrorException($"{option} {folder}: only 'generate' and 'evaluate' write to an object store; give a folder.");
        }

        List<string> missing = [];
        try
        {
            for (var place = Path.GetFullPath(folder); !Directory.Exists(place); place = Path.GetDirectoryName(place)!)
            {
                if (File.Exists(place))
                {
                    throw new IOException($"'{place}' is a file");
                }

                missing.Add(place);
            }

            Directory.CreateDirectory(folder);
            Probe(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{option} {folder}: cannot write there ({error.Message.TrimEnd('.')}); give a folder that can be written to.", error);
        }
        finally
        {
            RemoveEmpty(missing);
        }
    }

    /// <summary>Makes sure that a file can be written.</summary>
    /// <param name="option">The option that named it, for the message.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static void CheckFile(string option, string file)
    {
        var full = Path.GetFullPath(file);
        var folder = Path.GetDirectoryName(full);
        if (folder is null || Directory.Exists(file))
        {
            throw new UserErrorException($"{option} {file}: is a folder; give a file.");
        }

        if (IsDevice(full))
        {
            throw new UserErrorException($"{option} {file}: is a device, which a file would replace; give a file.");
        }

        if (!Directory.Exists(folder))
        {
            throw new UserErrorException($"{option} {file}: there is no folder '{folder}'; make it first, or give a file elsewhere.");
        }

        try
        {
            Probe(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{option} {file}: cannot write there ({error.Message.TrimEnd('.')}); give a file in a folder that can be written to.", error);
        }
    }

    /// <summary>Results replace their target by a rename: root would turn /dev/null into a file with it.</summary>
    private static bool IsDevice(string path)
        => path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);

    private static void Probe(string folder)
        => File.Create(Path.Combine(folder, $".probe.{Environment.ProcessId}.tmp"), 1, FileOptions.DeleteOnClose).Dispose();

    /// <summary>Removes folders, the innermost first, as long as nobody has put anything there.</summary>
    private static void RemoveEmpty(List<string> folders)
    {
        try
        {
            foreach (var folder in folders.Where(Directory.Exists))
            {
                Directory.Delete(folder);
            }
        }
        catch (IOException)
        {
            // Somebody has: it stays.
        }
    }
}
