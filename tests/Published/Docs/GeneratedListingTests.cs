namespace DiTFastAttn.Published.Tests.Docs;

/// <summary>The listing in <c>docs/generated-code.md</c> is what the generator writes for the class above it.</summary>
public sealed class GeneratedListingTests
{
    internal const string Page = "docs/generated-code.md";

    [Fact]
    public void Listing_is_what_is_generated()
    {
        var page = new MarkdownPage(Page);
        var (source, listing) = page.CodeBlocks is [var first, var second] ? (first, second) : throw new InvalidOperationException($"{Page} has {page.CodeBlocks.Count} blocks of C#, not 2");
        var generation = PageProject.Compile([.. page.Assumed, source]);
        PageProject.Complaints(generation).ShouldBeEmpty();

        var generated = generation.Result.GeneratedSources.ShouldHaveSingleItem().SourceText.ToString();
        if (Environment.GetEnvironmentVariable("DITFAST_ACCEPT") == "1")
        {
            var file = Path.Combine(MarkdownPage.Root, Page);
            File.WriteAllText(file, File.ReadAllText(file).Replace(listing.Code, generated, StringComparison.Ordinal));
        }
        else
        {
            foreach (var (line, shown, written) in listing.Code.Split('\n').Zip(generated.Split('\n')).Select((pair, i) => (listing.Line + i, pair.First, pair.Second)))
            {
                shown.ShouldBe(written, $"{Page}({line}); DITFAST_ACCEPT=1 writes it anew");
            }

            listing.Code.Length.ShouldBe(generated.Length);
        }
    }
}
