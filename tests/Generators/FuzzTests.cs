using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests;

/// <summary>Thousands of broken sources: no generator throws (CS8785 counts, as it does in a build), and what is generated parses.</summary>
public sealed partial class FuzzTests
{
    private const int Sources = 4000;
    private const int SourcesOfABatch = 40;

    private static readonly VendorAssembly Vendor = VendorAssembly.Of(
        CodeBlocks().Matches(File.ReadAllText(Path.Combine(Root(), "docs/diagnostics/README.md"))).Last().Groups["code"].Value);

    /// <summary>The examples of all diagnostics, wrong and right, and what the other tests begin from.</summary>
    private static readonly string[] Corpus =
    [
        .. Directory.EnumerateFiles(Path.Combine(Root(), "docs/diagnostics"), "*.md").Order(StringComparer.Ordinal)
            .SelectMany(page => CodeBlocks().Matches(File.ReadAllText(page)))
            .Select(match => match.Groups["code"].Value),
        Testing.Sources.Module("""
            private readonly int _heads = 4;

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads))]
            private partial Tensor Attend(Tensor hidden);

            [AttentionSite("cross", Project = nameof(ProjectCross), Output = nameof(ProjectOut), Kind = SiteKind.CrossAttention)]
            private partial Tensor AttendTo(Tensor hidden, [PerSample] Tensor context, [PerSample] Tensor? mask, (Tensor Cos, Tensor Sin) rotary, int? heads);

            private AttentionInput ProjectCross(Tensor hidden, Tensor context, Tensor? mask, (Tensor Cos, Tensor Sin) rotary, int? heads)
                => new(hidden.alias(), context.alias(), context.alias()) { KeyMask = mask?.alias() };
            """),
    ];

    [Fact]
    public void Broken_sources()
    {
        Corpus.Length.ShouldBeGreaterThan(50);
        var mutations = new SourceMutations(Corpus, seed: 20240612);
        var (broken, whole) = (new List<string>(), new List<string>());
        var reported = new HashSet<string>(StringComparer.Ordinal);
        var written = 0;
        for (var made = 0; made < Sources; made++)
        {
            // Many files a compilation: making one costs more than generating for a file. Those that parse stay among themselves.
            var source = mutations.Next();
            var batch = Parses(source) ? whole : broken;
            batch.Add(source);
            if (batch.Count == SourcesOfABatch)
            {
                var generation = Generation.Of(Apart(batch));
                CheckEach(generation, batch, parse: batch == whole);
                reported.UnionWith(generation.Ids);
                written += generation.Result.GeneratedSources.Length;
                batch.Clear();
            }
        }

        // It was not all noise to them.
        reported.Count.ShouldBeGreaterThan(25);
        written.ShouldBeGreaterThan(Sources / 10);
    }

    [Fact]
    public void Sources_that_are_hardly_source()
    {
        string[] sources =
        [
            "", " ", "\0", "\uffff", "\ud800", "#", "/*", "\"", "\"\"\"", "[AttentionSite", "[AttentionSite(", "[assembly: AttentionSite(", "[assembly: WrapAttention(",
            "[AttentionProcessor", "[AttentionSite]", "[AttentionSite] partial", "[AttentionSite] x", "partial class C { [AttentionSite] ", "using A = AttentionSiteAttribute; [A",
            "global using AttentionSite = ", "class AttentionSiteAttribute : System.Attribute; partial class C { [AttentionSite] partial void F(); }",
            new string('{', 10_000), new string('(', 2_000), "class C" + new string('<', 2_000), string.Concat(Enumerable.Repeat("namespace A { ", 500)),
            "partial class C { " + string.Concat(Enumerable.Repeat("partial class D { ", 200)) + "[AttentionSite] partial Tensor F(Tensor x);",
            "partial class C : C { [AttentionSite(Project = \"P\", Output = \"O\")] private partial Tensor F(Tensor x); }",
            "partial class C : D { [AttentionSite(Project = \"P\", Output = \"O\")] private partial Tensor F(Tensor x); } partial class D : C;",
            "partial class C<T> : C<C<T>> { [AttentionSite(Project = \"P\", Output = \"O\")] private partial Tensor F(Tensor x); }",
        ];
        foreach (var source in sources)
        {
            CheckEach(Generation.Of(source), [source], parse: false);
        }
    }

    [Fact]
    public void Broken_sources_do_not_disturb_the_analyzers()
    {
        var mutations = new SourceMutations(Corpus, seed: 20260112);
        var reported = new HashSet<string>(StringComparer.Ordinal);
        for (var batch = 0; batch < 15; batch++)
        {
            var sources = Enumerable.Range(0, SourcesOfABatch).Select(_ => mutations.Next()).ToList();
            var analysis = Analysis.Of(Apart(sources), Analysis.Plan(PlanSources.Plan));
            analysis.Diagnostics.Where(d => d.Id == "AD0001").Select(d => d.GetMessage(null)).ShouldBeEmpty(string.Join("\n// ----\n", sources));
            reported.UnionWith(analysis.Ids);
        }

        reported.Count.ShouldBeGreaterThan(3, string.Join(' ', reported));
    }

    private static void CheckEach(Generation generation, List<string> sources, bool parse)
    {
        if (!IsFaultless(generation, parse))
        {
            sources.Find(source => !IsFaultless(Generation.Of(Apart([source])), parse)).ShouldBeNull("a generator throws for it, or writes what does not parse");
            Assert.Fail("A generator throws, or writes what does not parse, for these together:\n" + string.Join("\n// ----\n", sources));
        }
    }

    private static bool IsFaultless(Generation generation, bool parse)
        => generation.Result.Exception is null
            && generation.Result.Diagnostics.All(diagnostic => diagnostic.Id is not ("CS8785" or "AD0001"))
            && (!parse || generation.Result.GeneratedSources.All(source => !HasErrors(source.SyntaxTree)));

    private static bool Parses(string source) => !HasErrors(Generation.Parse(source, "File.cs"));

    private static bool HasErrors(SyntaxTree tree) => tree.GetDiagnostics().Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    /// <summary>A file each, in namespaces of their own.</summary>
    private static CSharpCompilation Apart(List<string> sources)
        => Generation.Compile([.. sources.Select((source, i) => source.Replace("namespace Demo", string.Create(CultureInfo.InvariantCulture, $"namespace Demo{i}"), StringComparison.Ordinal))])
            .AddReferences(Vendor.Reference);

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeBlocks();

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));
}
