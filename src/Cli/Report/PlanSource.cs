namespace DiTFastAttn.Cli.Report;

/// <summary>Plans and search logs that lie in a folder, whoever put them there.</summary>
internal static class PlanSource
{
    private const string Ending = ".plan.json";

    /// <summary>Adds the plans that nothing else has added, and every plan's search log.</summary>
    public static void Read(ReportBuilder builder)
    {
        foreach (var file in Files(builder, "plans", "*" + Ending).Concat(Files(builder, "plans", "plan.json")))
        {
            var path = Path.GetRelativePath(builder.Folder, file);
            if (builder.Plans.TrueForAll(plan => plan.File != path))
            {
                builder.AddPlan(Path.GetFileName(file) is var name && name.EndsWith(Ending, StringComparison.Ordinal) ? name[..^Ending.Length] : "plan", file);
            }
        }

        if (builder.Plans.Count > 0 && builder.Found.Count == 0)
        {
            builder.Found.Add(builder.Plans.Count == 1 ? "a plan" : FormattableString.Invariant($"{builder.Plans.Count} plans"));
        }

        builder.AddLogs([.. Files(builder, "logs", "*.jsonl").Concat(Files(builder, "logs", "*.log")).Select(file => SearchLogFile.Read(file, builder.Notes.Add)).OfType<SearchLogFile>()]);
    }

    private static IEnumerable<string> Files(ReportBuilder builder, string subfolder, string pattern)
        => new[] { builder.Folder, Path.Combine(builder.Folder, subfolder) }.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal));
}
