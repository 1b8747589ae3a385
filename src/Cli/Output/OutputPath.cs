namespace DiTFastAttn.Cli;

/// <summary>Checks where results will go before any work is done for them.</summary>
internal static class OutputPath
{
    /// <summary>Makes a folder where there is none and makes sure that files can be written there.</summary>
    /// <param name="option">The option that named it, for the message.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UserErrorException">Nothing can be written there.</exception>
    public static void CheckFolder(string option, string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            Probe(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{option} {folder}: cannot write there ({error.Message.TrimEnd('.')}); give a folder that can be written to.", error);
        }
    }

    /// <summary>Makes sure that a file can be written.</summary>
    /// <param name="option">The option that named it, for the message.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static void CheckFile(string option, string file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file));
        if (folder is null || Directory.Exists(file))
        {
            throw new UserErrorException($"{option} {file}: is a folder; give a file.");
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

    private static void Probe(string folder)
        => File.Create(Path.Combine(folder, $".probe.{Environment.ProcessId}.tmp"), 1, FileOptions.DeleteOnClose).Dispose();
}
