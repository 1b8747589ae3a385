using System.Globalization;
using System.Runtime.CompilerServices;
using DiTFastAttn.Generators.Sites;
using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests;

/// <summary>
/// What the finder remembers is what it would find anew, whatever was edited wherever; and an edit that means nothing to a file does not
/// parse it again.
/// </summary>
public sealed class SiteFinderTests
{
    private const string Site = """
        namespace Demo;

        public partial class Block() : Base("Block")
        {
            [AttentionSite(Names.Self, Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads))]
            private partial Tensor Attend(Tensor hidden);
        }
        """;

    private const string Base = """
        namespace Demo;

        public abstract class Base(string name) : Root(name)
        {
            protected long Heads => 2;

            protected Tensor ProjectOut(Tensor attended) => attended.alias();

            public override Tensor forward(Tensor input) { return input.alias(); }
        }
        """;

    private const string Root = """
        namespace Demo;

        public abstract class Root(string name) : Module<Tensor, Tensor>(name)
        {
            protected AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());
        }
        """;

    private const string Names = "namespace Demo; public static class Names { public const string Self = Prefix.Text + \"self\"; }";

    private const string Prefix = "namespace Demo; public static class Prefix { public const string Text = \"my\"; }";

    private const string Other = "namespace Other; public class Unrelated { public int F(int x) { return x; } }";

    private static readonly string[] Program = [Site, Base, Root, Names, Prefix, Other];

    [Theory]
    [InlineData("a body of the base class", 1, "return input.alias();", "return input + 0;")]
    [InlineData("what is behind =>", 1, "Heads => 2", "Heads => 4")]
    [InlineData("a comment in the base class", 1, "protected long", "// how many\n    protected long")]
    [InlineData("layout of a constant", 3, "Text + \"self\"", "Text\n    + \"self\"")]
    [InlineData("another class", 5, "F(int x)", "G(long y)")]
    [InlineData("a type that nobody names", 5, "public class Unrelated", "public enum New { A } public class Unrelated")]
    public void Edit_elsewhere_that_means_nothing_parses_nothing(string what, int file, string old, string replacement)
    {
        var (before, after, fresh) = ResultsAround(file, old, replacement);

        after.ShouldBe(fresh, what);
        after.Single().ShouldBeSameAs(before.Single(), what);
    }

    [Theory]
    [InlineData("a member of the base class", 1, "protected long Heads", "protected string Heads")]
    [InlineData("a member of the base class's base class", 2, "AttentionInput ProjectQkv", "Tensor ProjectQkv")]
    [InlineData("accessibility in the base class", 1, "protected Tensor ProjectOut", "private Tensor ProjectOut")]
    [InlineData("whether a member is static", 1, "protected long Heads", "protected static long Heads")]
    [InlineData("a constant behind a constant", 4, "\"my\"", "\"your\"")]
    [InlineData("a type nearer than the one meant", 5, "namespace Other; public class Unrelated", "namespace Demo; public class Tensor")]
    [InlineData("a namespace of that name", 5, "namespace Other;", "namespace Demo.Names;")]
    [InlineData("an attribute of that name", 5, "namespace Other; public class Unrelated", "namespace Demo; public class AttentionSiteAttribute(string x) : Attribute")]
    [InlineData("another part of the class", 5, "namespace Other; public class Unrelated", "namespace Demo; public partial class Block : IDisposable")]
    [InlineData("a member in another part of the class", 5, "namespace Other; public class Unrelated {", "namespace Demo; partial class Block { private int __attendSite;")]
    [InlineData("a global alias", 5, "namespace Other;", "global using AttentionInput = System.Int32; namespace Other;")]
    [InlineData("a base class taken away", 1, "class Base", "class NoBase")]
    [InlineData("that the base class has sites", 1, "protected long", "[AttentionSite(\"base\", Project = \"P\", Output = \"O\")] protected partial Tensor AttendFirst(Tensor hidden);\n    protected long")]
    public void Edit_elsewhere_that_matters_parses_again(string what, int file, string old, string replacement)
    {
        var (before, after, fresh) = ResultsAround(file, old, replacement);

        after.ShouldBe(fresh, what);
        after.ShouldAllBe(result => !before.Contains(result, ReferenceEqualityComparer.Instance), what);
    }

    [Fact]
    public void References_and_options_matter()
    {
        var finder = new SiteFinder();
        var compilation = Generation.Compile(Program);
        var one = Find(finder, compilation).Single();

        Find(finder, compilation.WithOptions(compilation.Options.WithConcurrentBuild(false))).Single().ShouldBeSameAs(one);
        Find(finder, compilation.WithOptions(compilation.Options.WithNullableContextOptions(NullableContextOptions.Disable))).ShouldNotContain(one, ReferenceEqualityComparer.Instance);
        var bare = compilation.WithReferences(compilation.References.Where(r => !r.Display!.Contains("Torch", StringComparison.Ordinal)));
        Find(finder, bare).ShouldBe(Find(new SiteFinder(), bare));
        Find(finder, compilation).Single().ShouldBe(one);
    }

    [Fact]
    public void Place_in_another_file_moves_with_it()
    {
        var finder = new SiteFinder();
        var first = Site.Replace(" : Base(\"Block\")", "", StringComparison.Ordinal).Replace("Block()", "Block", StringComparison.Ordinal);
        const string second = """
            namespace Demo;

            partial class Block : Module
            {
                private static int F() { return 1; }
                [AttentionSite(Project = "Nobody", Output = "Nobody")] private partial Tensor AttendAgain(Tensor hidden);
            }
            """;
        var compilation = Generation.Compile(first, second, Names, Prefix);
        Find(finder, compilation).ShouldBe(Find(new SiteFinder(), compilation));
        var tree = compilation.SyntaxTrees.Single(t => t.FilePath == "File1.cs");
        var edited = compilation.ReplaceSyntaxTree(tree, Generation.Parse(second.Replace("return 1;", "\n\nreturn 1;", StringComparison.Ordinal), tree.FilePath));

        Find(finder, edited).ShouldBe(Find(new SiteFinder(), edited));
        Find(finder, edited).ShouldNotBe(Find(finder, compilation));
    }

    [Fact]
    public void Any_sequence_of_edits_gives_what_is_found_anew()
    {
        // A few ways to write each file; an edit takes another one, or takes a file away or puts it back, at either end.
        string[][] ways =
        [
            [Site, Site.Replace("Names.Self", "\"attn\"", StringComparison.Ordinal), Site.Replace("nameof(Heads)", "nameof(Names)", StringComparison.Ordinal), "using Site = DiTFastAttn.AttentionSiteAttribute;\n" + Site.Replace("AttentionSite(", "Site(", StringComparison.Ordinal)],
            [Base, Base.Replace("long Heads", "int Heads", StringComparison.Ordinal), Base.Replace(" : Root(name)", " : Module<Tensor, Tensor>(name)", StringComparison.Ordinal), Base.Replace("return input", "return +input", StringComparison.Ordinal)],
            [Root, Root.Replace("protected Att", "private Att", StringComparison.Ordinal), Root.Replace("class Root", "partial class Root", StringComparison.Ordinal)],
            [Names, Names.Replace("Prefix.Text", "\"\"", StringComparison.Ordinal), Names.Replace("namespace Demo", "namespace Other", StringComparison.Ordinal)],
            [Prefix, Prefix.Replace("my", "your", StringComparison.Ordinal), Prefix.Replace("Text =", "Other =", StringComparison.Ordinal)],
            [Other, "global using Other;", "global using Base = Demo.Root;", "namespace Demo; partial class Block { private const string Names = \"x\"; }", "namespace Demo; partial class Block { class Tensor; }"],
            [
                "namespace Demo; partial class Root { [AttentionSite(\"root\", Project = nameof(ProjectQkv), Output = nameof(P))] private partial Tensor Attend(Tensor hidden); private Tensor P(Tensor x) => x.alias(); }",
                "namespace Demo; partial class Block { [AttentionSite(\"more\", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))] private partial Tensor AttendMore(Tensor hidden); }",
                "namespace Demo; partial class Block { void F() { } [AttentionSite(\"self\", Project = \"Nobody\", Output = nameof(ProjectOut))] private partial Tensor AttendMore(Tensor hidden); }",
            ],
        ];
        var random = new Random(1);
        var finder = new SiteFinder();
        var trees = ways.Select((way, i) => Generation.Parse(way[0], PathOf(i))).ToArray();
        var compilation = Generation.Compile();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var step = 0; step < 600; step++)
        {
            var file = random.Next(ways.Length);
            var present = compilation.ContainsSyntaxTree(trees[file]);
            var next = Generation.Parse(ways[file][random.Next(ways[file].Length)], PathOf(file));
            compilation = (random.Next(6), present) switch
            {
                (0, true) => compilation.RemoveSyntaxTrees(trees[file]),
                (_, true) => compilation.ReplaceSyntaxTree(trees[file], trees[file] = next),
                (0, false) => compilation.AddSyntaxTrees(trees[file]),
                (1, false) => compilation.RemoveAllSyntaxTrees().AddSyntaxTrees([trees[file] = next, .. compilation.SyntaxTrees]),
                (_, false) => compilation.AddSyntaxTrees(trees[file] = next),
            };

            var fresh = Find(new SiteFinder(), compilation);
            Find(finder, compilation).ShouldBe(fresh, $"after step {step}");
            seen.UnionWith(fresh.SelectMany(result => result.Diagnostics).Select(diagnostic => diagnostic.Descriptor.Id));
            seen.UnionWith(fresh.Where(result => result.Diagnostics.Count == 0).Select(result => result.ClassName));
        }

        string[] expected = ["Demo.Block", "Demo.Root", "DFA0006", "DFA0008"];
        expected.ShouldBeSubsetOf(seen);
    }

    [Fact]
    public void Names_of_the_attribute()
    {
        string[] ways =
        [
            "[AttentionSite(", "[AttentionSiteAttribute(", "[DiTFastAttn.AttentionSite(", "[global::DiTFastAttn.AttentionSiteAttribute(", "[@AttentionSiteAttribute(",
            "[Attention\\u0053ite(", "[ Near (", "[Far(", "[method: AttentionSite(", "[Obsolete, AttentionSite(",
        ];
        foreach (var way in ways)
        {
            var source = "using Near = DiTFastAttn.AttentionSiteAttribute;\n" + Site.Replace("[AttentionSite(", way, StringComparison.Ordinal);
            var compilation = Generation.Compile([source, .. Program[1..], "global using Far = global::DiTFastAttn.AttentionSiteAttribute;"]);

            Find(new SiteFinder(), compilation).Select(result => result.Host?.Sites.Count).ShouldBe([1], way);
        }
    }

    [Fact]
    public void Old_compilations_are_let_go()
    {
        var finder = new SiteFinder();
        var (old, current) = EditOnce(finder);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        old.Count(reference => reference.TryGetTarget(out _)).ShouldBe(0);
        Find(finder, current).Single().Host.ShouldNotBeNull();
    }

    // In a method of its own, so that no local keeps what it made.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference<object>[] Old, CSharpCompilation Current) EditOnce(SiteFinder finder)
    {
        var before = Generation.Compile(Program);
        Find(finder, before);
        var after = Generation.Compile(Program);
        Find(finder, after);
        return ([new(before), new(before.SyntaxTrees.Last()), new(before.GetTypeByMetadataName("Demo.Block")!)], after);
    }

    private static (List<ParseResult> Before, List<ParseResult> After, List<ParseResult> Fresh) ResultsAround(int file, string old, string replacement)
    {
        Program[file].ShouldContain(old);
        var finder = new SiteFinder();
        var compilation = Generation.Compile(Program);
        var before = Find(finder, compilation);
        var tree = compilation.SyntaxTrees.Single(t => t.FilePath == PathOf(file));
        var edited = compilation.ReplaceSyntaxTree(tree, Generation.Parse(Program[file].Replace(old, replacement, StringComparison.Ordinal), tree.FilePath));
        return (before, Find(finder, edited), Find(new SiteFinder(), edited));
    }

    private static string PathOf(int file) => string.Create(CultureInfo.InvariantCulture, $"File{file}.cs");

    private static List<ParseResult> Find(SiteFinder finder, Compilation compilation)
        => [.. finder.Find(compilation, CancellationToken.None).SelectMany(part => part)];
}
