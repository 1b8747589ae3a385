namespace DiTFastAttn.Cli;

/// <summary>What <c>build/torch.sh</c> recorded about the choice of a torch: lines KEY=VALUE in <c>artifacts/torch/report</c>.</summary>
internal sealed class LauncherReport
{
    private readonly List<KeyValuePair<string, string>> _lines;

    private LauncherReport(List<KeyValuePair<string, string>> lines) => _lines = lines;

    /// <summary>The first value of a key; null where there is none.</summary>
    public string? this[string key] => _lines.Find(line => line.Key == key).Value is { Length: > 0 } value ? value : null;

    /// <summary>All values of a key, in the order of the file.</summary>
    public IReadOnlyList<string> All(string key) => [.. _lines.Where(line => line.Key == key).Select(line => line.Value)];

    /// <summary>The report of the checkout whose root is <paramref name="root"/>; an empty one where the launcher left none.</summary>
    public static LauncherReport Read(string? root)
    {
        var file = root is null ? null : Path.Combine(root, "artifacts", "torch", "report");
        return Parse(File.Exists(file) ? File.ReadAllLines(file) : []);
    }

    /// <summary>Reads lines KEY=VALUE; a value may contain further equals signs.</summary>
    public static LauncherReport Parse(IEnumerable<string> lines) => new(
    [
        .. lines.Select(line => (Line: line, Split: line.IndexOf('=', StringComparison.Ordinal)))
            .Where(l => l.Split > 0)
            .Select(l => KeyValuePair.Create(l.Line[..l.Split], l.Line[(l.Split + 1)..])),
    ]);

    /// <summary>The checkout that the running program was built in: the nearest folder above it with the launcher's script; null for a published copy.</summary>
    public static string? FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "build", "torch.sh")))
                return folder.FullName;
        }

        return null;
    }
}
