using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests;

/// <summary>Every diagnostic has its page, its line in the release list and a snapshot.</summary>
public sealed partial class DiagnosticCatalogTests
{
    internal static readonly DiagnosticDescriptor[] All = [.. typeof(AttentionSiteGenerator).Assembly.GetTypes()
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        .Where(field => field.FieldType == typeof(DiagnosticDescriptor))
        .Select(field => (DiagnosticDescriptor)field.GetValue(null)!)];

    private static readonly Lazy<VendorAssembly> Vendor = new(() => VendorAssembly.Of(
        CodeBlocks().Matches(File.ReadAllText(Path.Combine(Root(), "docs/diagnostics/README.md"))).Last().Groups["code"].Value));

    public static TheoryData<string> Ids => new(All.Select(descriptor => descriptor.Id));

    [Fact]
    public void Ids_are_unique_and_those_of_a_category_follow_one_another()
    {
        foreach (var category in All.GroupBy(descriptor => descriptor.Category))
        {
            var ids = category.Select(descriptor => descriptor.Id).Order(StringComparer.Ordinal).ToList();
            var first = int.Parse(ids[0].AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture);
            (first % 20).ShouldBe(1, category.Key);
            ids.ShouldBe(Enumerable.Range(first, ids.Count).Select(number => $"DFA{number:0000}"), category.Key);
        }

        All.Select(descriptor => descriptor.Id).ShouldBeUnique();
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Is_documented_released_and_tested(string id)
    {
        var descriptor = All.Single(d => d.Id == id);
        var root = Root();
        var page = File.ReadAllText(Path.Combine(root, descriptor.HelpLinkUri));

        page.ShouldStartWith($"# {id}: {descriptor.Title}\n");
        page.ShouldContain("## Cause");
        page.ShouldContain("## Wrong");
        page.ShouldContain("## Right");
        File.ReadAllText(Path.Combine(root, "docs/diagnostics/README.md")).ShouldContain($"| [{id}]({id}.md) | {descriptor.Title} |");
        Directory.EnumerateFiles(Path.Combine(root, "src/Generators"), "AnalyzerReleases.*.md").Select(File.ReadAllText)
            .ShouldContain(text => text.Contains($"{id} | {descriptor.Category} | {descriptor.DefaultSeverity} | {descriptor.Title}", StringComparison.Ordinal));
        Directory.EnumerateFiles(Path.Combine(root, "tests/Generators"), $"*.{id}_*.verified.txt", SearchOption.AllDirectories).ShouldNotBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Examples_of_its_page_are_what_they_say(string id)
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs/diagnostics", id + ".md"));
        if (All.Single(d => d.Id == id).Category.EndsWith("Plans", StringComparison.Ordinal))
        {
            CheckPlans(id, page);
            return;
        }

        var examples = CodeBlocks().Matches(page).Select(match => match.Groups["code"].Value).ToList();

        examples.Count.ShouldBe(2);
        var wrong = Compile(examples[0]);
        var project = id == "DFA0048" ? Generation.WithoutHosting(wrong) : wrong;
        Generation.Of(project).Ids.Concat(Analysis.Of(project).Ids).ShouldBe([id]);
        var right = Generation.Of(Compile(examples[1]));
        Analysis.Of(Compile(examples[1])).Diagnostics.ShouldBeEmpty();
        right.Result.Diagnostics.ShouldBeEmpty();
        right.CompilerComplaints.ShouldBeEmpty();
    }

    private static void CheckPlans(string id, string page)
    {
        var plans = Plans().Matches(page).Select(match => match.Groups["code"].Value).ToList();
        var project = Generation.Compile(CodeBlocks().Matches(File.ReadAllText(Path.Combine(Root(), "docs/diagnostics/README.md")))[^2].Groups["code"].Value);
        if (CodeBlocks().Match(page) is { Success: true } library)
        {
            project = project.AddReferences(Generation.Of(Generation.Compile(library.Groups["code"].Value).WithAssemblyName("Kit")).ToReference());
        }

        plans.Count.ShouldBe(2);
        Analysis.Of(project, Analysis.Plan(plans[0], id == "DFA0081" ? System.Text.Encoding.Latin1 : null)).Ids.Distinct().ShouldBe([id]);
        Analysis.Of(project, Analysis.Plan(plans[1])).Diagnostics.ShouldBeEmpty();
    }

    /// <summary>An example with the vendor's assembly that those of wrapping assume.</summary>
    private static CSharpCompilation Compile(string example) => Generation.Compile(example).AddReferences(Vendor.Value.Reference);

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeBlocks();

    [GeneratedRegex("```json\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Plans();

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));
}
