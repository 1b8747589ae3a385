using DiTFastAttn.Evaluation.Runs;

namespace DiTFastAttn.Cli.ObjectStore;

/// <summary>Opens the folder that a verb's workers share: one of the file system, or <c>s3://bucket/prefix</c>.</summary>
internal static class WorkFolder
{
    /// <summary>Opens what <c>--out</c> says, and makes sure that it can be written to.</summary>
    /// <param name="call">The call.</param>
    /// <param name="fallback">The folder where nothing is said.</param>
    /// <exception cref="UserErrorException">It cannot be written to.</exception>
    public static SharedFolder Open(VerbCall call, string fallback)
    {
        var folder = call.Get(CommonOptions.Out) ?? fallback;
        if (!ObjectAddress.IsLikely(folder))
        {
            OutputPath.CheckFolder("--out", folder);
            return new DirectoryFolder(folder);
        }

        try
        {
            return ObjectFolder.Open(ObjectAddress.Parse(folder), call.Cancellation);
        }
        catch (FormatException error)
        {
            throw new UserErrorException($"--out {folder}: {error.Message}.", error);
        }
        catch (ObjectStoreException error)
        {
            throw new UserErrorException($"--out {error.Message}", error);
        }
    }
}
