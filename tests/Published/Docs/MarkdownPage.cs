using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace DiTFastAttn.Published.Tests.Docs;

/// <summary>A page of the documentation.</summary>
/// <param name="path">Relative to the repository, as <c>docs/plans.md</c>.</param>
internal sealed partial class MarkdownPage(string path)
{
    private readonly string _text = File.ReadAllText(Path.Combine(Root, path)).ReplaceLineEndings("\n");

    /// <summary>All pages that a reader is shown; not those that describe fixtures.</summary>
    public static IEnumerable<string> All
        => new[] { "docs", "samples", "src" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Root, "*.md"))
            .Select(file => Path.GetRelativePath(Root, file))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj") && !file.Contains("AnalyzerReleases", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "../../.."));

    /// <summary>Relative to the repository.</summary>
    public string Name => path;

    /// <summary>Its C#: what stands in fences marked <c>csharp</c>, without the indentation of a list.</summary>
    public IReadOnlyList<CodeBlock> CodeBlocks => [.. Fences().Matches(_text).Where(fence => fence.Groups["language"].Value == "csharp").Select(Block)];

    /// <summary>
    /// C# that the page's blocks assume and no reader has to see: comments <c>&lt;!-- csharp … --&gt;</c> with global usings, stand-ins for what is the
    /// reader's own, and static members that stand for variables.
    /// </summary>
    public IReadOnlyList<CodeBlock> Assumed => [.. Comments().Matches(_text).Select(Block)];

    /// <summary>Languages that its fences are marked with.</summary>
    public IEnumerable<string> Languages => Fences().Matches(_text).Select(fence => fence.Groups["language"].Value);

    /// <summary>Where its links lead that are no addresses of the web.</summary>
    public IEnumerable<string> Links
        => InlineLinks().Matches(Fences().Replace(_text, "")).Select(link => link.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));

    /// <summary>The anchors of its headings, as GitHub makes them.</summary>
    public IEnumerable<string> Anchors
        => Headings().Matches(Fences().Replace(_text, "")).Select(heading => NotInAnchors().Replace(heading.Groups["title"].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    private CodeBlock Block(Match match)
    {
        var code = match.Groups["code"];
        var indentation = match.Groups["indent"].Value;
        var line = _text.AsSpan(0, code.Index).Count('\n') + 1;
        return new CodeBlock(path, line, string.Join('\n', code.Value.Split('\n').Select(text => text.StartsWith(indentation, StringComparison.Ordinal) ? text[indentation.Length..] : text)));
    }

    private static string Here([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;

    [GeneratedRegex("^(?<indent> *)```(?<language>[^\n]*)\n(?<code>.*?)^ *```$", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fences();

    [GeneratedRegex("^<!-- csharp\n(?<code>.*?)^-->$", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Comments();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InlineLinks();

    [GeneratedRegex("^#+ (?<title>[^\n]*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInAnchors();
}
