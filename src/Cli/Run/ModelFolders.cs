using DiTFastAttn.Cli.Plans;

namespace DiTFastAttn.Cli.Run;

/// <summary>Finds models by the names under which they are published.</summary>
internal static class ModelFolders
{
    private const string Checkpoints = "checkpoints";

    /// <summary>A folder or file as it is named, or below <c>checkpoints/</c>.</summary>
    /// <exception cref="UserErrorException">There is neither.</exception>
    public static string Find(string name)
    {
        if (name == ModelInput.Demo || Directory.Exists(name) || File.Exists(name))
        {
            return name;
        }

        var below = Path.Combine(Checkpoints, name);
        return Directory.Exists(below)
            ? below
            : throw new UserErrorException($"--model {name}: there is no such folder, and no '{below}'; nothing is downloaded: put the published files there, or name their folder.");
    }
}
