namespace DiTFastAttn.Cli.Verify;

/// <summary>Finds cases: the JSON files directly in a folder, or, where it has none, those directly in its subfolders.</summary>
internal static class CaseFolders
{
    /// <summary>The cases of folders, in order of their names.</summary>
    /// <param name="folders">Areas, or folders of areas.</param>
    /// <exception cref="UserErrorException">A folder is missing or has no case.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> folders)
    {
        var found = new List<string>();
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder))
            {
                throw new UserErrorException($"verify {folder}: there is no such folder; give a folder of cases, for example tests/Fixtures/dit.");
            }

            var cases = CasesIn(folder);
            if (cases.Count == 0)
            {
                cases = [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal).SelectMany(CasesIn)];
            }

            found.AddRange(cases.Count > 0
                ? cases
                : throw new UserErrorException($"verify {folder}: neither it nor its subfolders hold cases (*.json); give a folder of cases, for example tests/Fixtures/dit."));
        }

        return found;
    }

    private static List<string> CasesIn(string folder)
        => [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)];
}
