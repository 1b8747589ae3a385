using System.CommandLine;
using System.Globalization;
using System.IO.Enumeration;

namespace DiTFastAttn.Cli.Verify;

/// <summary><c>verify</c>: checks this build against recorded answers of reference implementations.</summary>
internal sealed class VerifyVerb : Verb
{
    private readonly Argument<string[]> _folders = new("DIR")
    {
        HelpName = "DIR…",
        Description = "Folders of cases, or folders of such folders.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _kind = ValueOption.Text(["--kind"], "GLOB", "Only cases of these kinds, for example 'dit.*'.");

    public VerifyVerb()
        : base("verify", "Check this build against recorded answers of reference implementations.")
    {
        Add(_folders);
        Add(_kind);
        Add(CommonOptions.Json);
    }

    /// <inheritdoc/>
    public override int Run(VerbCall call)
    {
        var paths = CaseFolders.Find(call.Get(_folders)!);
        if (call.Get(_kind) is { } glob)
        {
            paths = Filter(paths, glob);
        }

        var kinds = CaseKinds.All.ToDictionary(kind => kind.Name, StringComparer.Ordinal);
        var results = new List<CaseResult>();
        using var progress = new ProgressBar(call.Terminal, "verify", paths.Count, "cases");
        foreach (var path in paths)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            progress.Report(results.Count, Path.GetFileNameWithoutExtension(path));
            var result = CaseRunner.Run(path, kinds, call.Cancellation);
            results.Add(result);
            progress.Clear();
            call.Terminal.Line(Describe(result));
        }

        var report = new VerifyReport(results);
        call.Terminal.Line($"{report.Passed} passed, {report.Failed} failed, {report.Unsupported} unsupported");
        call.WriteJson(report);
        return report.Failed + report.Unsupported == 0 ? ExitStatus.Done : ExitStatus.CheckFailed;
    }

    private static IReadOnlyList<string> Filter(IReadOnlyList<string> paths, string glob)
    {
        // A file that does not say its kind is not passed over: it might be one that was asked for.
        var kinds = paths.Select(path => (Path: path, Kind: CaseRunner.KindOf(path))).ToList();
        var wanted = kinds.Where(entry => entry.Kind is null || FileSystemName.MatchesSimpleExpression(glob, entry.Kind, ignoreCase: false)).ToList();
        return wanted.Exists(entry => entry.Kind is not null)
            ? [.. wanted.Select(entry => entry.Path)]
            : throw new UserErrorException(
                $"--kind {glob}: no case is of such a kind; there are {string.Join(", ", kinds.Select(entry => entry.Kind).OfType<string>().Distinct().Order(StringComparer.Ordinal))}.");
    }

    private static string Describe(CaseResult result)
    {
        var worst = result.Worst is { } value ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "-";
        var line = $"{result.Status.ToString().ToLowerInvariant(),-11} {result.Kind,-20} {result.Name,-34} {worst,8}";
        return result.Status == CaseStatus.Pass ? line : $"{line}  {result.Detail}";
    }
}
