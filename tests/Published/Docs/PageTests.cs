namespace DiTFastAttn.Published.Tests.Docs;

/// <summary>What README and documentation show compiles, and their links lead somewhere.</summary>
public sealed class PageTests
{
    // The generators' tests compile these, and run them.
    private static readonly string[] CompiledElsewhere = ["docs/diagnostics/", "docs/wrap-a-model.md"];

    public static TheoryData<string> Pages => new(MarkdownPage.All);

    public static TheoryData<string> PagesWithCode
        => new(MarkdownPage.All.Where(path => !CompiledElsewhere.Any(other => path.StartsWith(other, StringComparison.Ordinal)) && path != GeneratedListingTests.Page && new MarkdownPage(path).CodeBlocks.Count > 0));

    [Theory]
    [MemberData(nameof(PagesWithCode))]
    public void Code_compiles_without_a_warning(string path) => PageProject.Complaints(PageProject.Compile(new MarkdownPage(path))).ShouldBeEmpty();

    [Fact]
    public void Readme_shows_code() => new MarkdownPage("README.md").CodeBlocks.Count.ShouldBeGreaterThanOrEqualTo(2);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Csharp_is_marked_as_csharp(string path) => new MarkdownPage(path).Languages.ShouldBeSubsetOf(["csharp", "json", "xml", "text", "sh"]);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_to_files_and_headings(string path)
    {
        foreach (var link in new MarkdownPage(path).Links)
        {
            var (file, anchor) = link.Split('#') is [var before, var behind] ? (before, behind) : (link, null);
            var target = file.Length == 0 ? path : Path.GetRelativePath(MarkdownPage.Root, Path.Combine(MarkdownPage.Root, Path.GetDirectoryName(path)!, file));
            Path.Exists(Path.Combine(MarkdownPage.Root, target)).ShouldBeTrue($"{path} links to {link}");
            if (anchor is not null)
            {
                new MarkdownPage(target).Anchors.ShouldContain(anchor, $"{path} links to {link}");
            }
        }
    }

    [Fact]
    public void Every_page_of_the_documentation_can_be_reached_from_its_index()
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        Follow("docs/README.md");
        MarkdownPage.All.Where(path => path.StartsWith("docs/", StringComparison.Ordinal)).Except(reached, StringComparer.Ordinal).ShouldBeEmpty();

        void Follow(string path)
        {
            if (!reached.Add(path))
            {
                return;
            }

            foreach (var link in new MarkdownPage(path).Links.Select(link => link.Split('#')[0]))
            {
                var target = Path.GetRelativePath(MarkdownPage.Root, Path.Combine(MarkdownPage.Root, Path.GetDirectoryName(path)!, link));
                if (target.StartsWith("docs/", StringComparison.Ordinal) && target.EndsWith(".md", StringComparison.Ordinal))
                {
                    Follow(target);
                }
            }
        }
    }

    [Fact]
    public void What_does_not_compile_is_reported_with_its_line()
    {
        var block = new CodeBlock("page.md", 7, "using System.Text;\n\nvar builder = new StringBuilder();\nbuilder.Append(unknown);\n");

        PageProject.Complaints(PageProject.Compile(block)).ShouldBe(["page.md(10): CS0103: The name 'unknown' does not exist in the current context"]);
    }
}
