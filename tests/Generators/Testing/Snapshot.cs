using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>
/// Compares a generator's results with files beside the test, by Verify's conventions: <c>Class.Method#Hint.verified.cs</c>
/// for each generated file and <c>Class.Method.verified.txt</c> for diagnostics. What differs is written as
/// <c>*.received.*</c>; with <c>DITFAST_ACCEPT=1</c> in the environment it becomes the new expectation.
/// </summary>
internal static partial class Snapshot
{
    /// <summary>Compares what was generated with the verified files of a test.</summary>
    /// <param name="generation">What was generated.</param>
    /// <param name="testFile">The test's file, beside which they are.</param>
    /// <param name="method">The test.</param>
    /// <param name="subject">Which generated files count, as <c>AttentionSites</c>; all where none is given.</param>
    public static void Verify(
        Generation generation, [CallerFilePath] string testFile = "", [CallerMemberName] string method = "", string subject = "")
        => Compare(
            Path.GetDirectoryName(testFile)!,
            Path.GetFileNameWithoutExtension(testFile) + "." + method,
            FilesOf(generation, subject),
            accept: Environment.GetEnvironmentVariable("DITFAST_ACCEPT") == "1");

    /// <summary>Compares what was reported with the verified file of a test.</summary>
    /// <param name="analysis">What was reported.</param>
    /// <param name="testFile">The test's file, beside which that is.</param>
    /// <param name="method">The test.</param>
    public static void Verify(Analysis analysis, [CallerFilePath] string testFile = "", [CallerMemberName] string method = "")
        => Compare(
            Path.GetDirectoryName(testFile)!,
            Path.GetFileNameWithoutExtension(testFile) + "." + method,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [".*.txt"] = string.Concat(analysis.Diagnostics.Select(d => Describe(d, analysis.Texts[d.Location.GetLineSpan().Path]))),
            },
            accept: Environment.GetEnvironmentVariable("DITFAST_ACCEPT") == "1");

    /// <summary>Compares received texts with the verified files of a test.</summary>
    /// <param name="folder">Where the verified files are.</param>
    /// <param name="test">The test's name, with which all its files begin.</param>
    /// <param name="received">Texts by the rest of the file's name, <c>#Hint.*.cs</c> or <c>.*.txt</c>, the star standing for the state.</param>
    /// <param name="accept">Whether what was received is right from now on.</param>
    public static void Compare(string folder, string test, IReadOnlyDictionary<string, string> received, bool accept)
    {
        var report = new StringBuilder();
        var left = Directory.EnumerateFiles(folder, test + "*.verified.*")
            .Where(path => Path.GetFileName(path)[test.Length] is '#' or '.')
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (name, text) in received)
        {
            var verifiedPath = Path.Combine(folder, test + name.Replace("*", "verified", StringComparison.Ordinal));
            var receivedPath = Path.Combine(folder, test + name.Replace("*", "received", StringComparison.Ordinal));
            left.Remove(verifiedPath);
            var verified = File.Exists(verifiedPath) ? File.ReadAllText(verifiedPath).ReplaceLineEndings("\n") : null;
            File.Delete(receivedPath);
            if (verified == text)
            {
                continue;
            }

            File.WriteAllText(accept ? verifiedPath : receivedPath, text);
            report.Append(Path.GetFileName(verifiedPath)).Append(": ").AppendLine(verified is null ? "no such file" : FirstDifference(verified, text));
        }

        foreach (var path in left)
        {
            report.Append(Path.GetFileName(path)).AppendLine(": nothing of this name was generated");
            if (accept)
            {
                File.Delete(path);
            }
        }

        if (report.Length > 0 && !accept)
        {
            throw new SnapshotException($"{report}Compare the *.received.* files in {folder}; run the test with DITFAST_ACCEPT=1 to accept them.");
        }
    }

    private static Dictionary<string, string> FilesOf(Generation generation, string subject)
    {
        var files = generation.Result.GeneratedSources.Where(source => source.HintName.EndsWith(subject + ".g.cs", StringComparison.Ordinal)).ToDictionary(
            source => $"#{source.HintName[..^3]}.*.cs",
            source => $"//HintName: {source.HintName}\n" + Version().Replace(source.SourceText.ToString(), "(version)"),
            StringComparer.Ordinal);
        if (!generation.Result.Diagnostics.IsEmpty)
        {
            files.Add(".*.txt", string.Concat(generation.Result.Diagnostics.OrderBy(d => d.Location.SourceSpan.Start).Select(d => Describe(d, TextOf(d, generation.Output)))));
        }

        return files;
    }

    private static SourceText TextOf(Diagnostic diagnostic, Compilation compilation)
        => compilation.SyntaxTrees.First(tree => tree.FilePath == diagnostic.Location.GetLineSpan().Path).GetText();

    private static string Describe(Diagnostic diagnostic, SourceText text)
    {
        var lines = diagnostic.Location.GetLineSpan();
        var span = diagnostic.Location.SourceSpan;
        var line = text.Lines[lines.StartLinePosition.Line].ToString();
        var underlined = Math.Min(span.Length, line.Length - lines.StartLinePosition.Character);

        // Fifty megabytes in one line: its beginning says which it is.
        const int Longest = 400;
        if (line.Length > Longest)
        {
            var most = Math.Max(0, Longest - lines.StartLinePosition.Character);
            (line, underlined) = ($"{line[..Longest]} … {line.Length} characters", Math.Min(underlined, most));
        }

        return $"""
            {lines.Path}({lines.StartLinePosition.Line + 1},{lines.StartLinePosition.Character + 1}): {diagnostic.Severity} {diagnostic.Id}: {diagnostic.GetMessage(null)}
            {line}
            {new string(' ', lines.StartLinePosition.Character)}{new string('~', underlined)}
            Title: {diagnostic.Descriptor.Title}
            Help: {diagnostic.Descriptor.HelpLinkUri}


            """.ReplaceLineEndings("\n");
    }

    private static string FirstDifference(string verified, string received)
    {
        var (left, right) = (verified.Split('\n'), received.Split('\n'));
        var line = Enumerable.Range(0, Math.Max(left.Length, right.Length)).First(i => left.ElementAtOrDefault(i) != right.ElementAtOrDefault(i));
        return $"""
            line {line + 1} differs
              verified: {left.ElementAtOrDefault(line) ?? "(end of file)"}
              received: {right.ElementAtOrDefault(line) ?? "(end of file)"}
            """;
    }

    [GeneratedRegex("(?<=GeneratedCode\\(\"DiTFastAttn.Generators\", \")[0-9.]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();
}
