using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DiTFastAttn.Published.Tests.Docs;

/// <summary>The C# of a page as the project <c>MyProject</c>: a file for every block, and what the page assumes.</summary>
internal static class PageProject
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpCompilation Empty = CSharpCompilation.Create(
        "MyProject",
        [Generation.Parse(ImplicitUsings, "ImplicitUsings.cs")],
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => path != typeof(PageProject).Assembly.Location)
            .Select(path => MetadataReference.CreateFromFile(path)),
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, warningLevel: 9999));

    /// <summary>Compiles what a page shows and assumes, with all generators.</summary>
    public static Generation Compile(MarkdownPage page) => Compile([.. page.Assumed, .. page.CodeBlocks]);

    /// <summary>Compiles blocks with all generators.</summary>
    public static Generation Compile(params IEnumerable<CodeBlock> blocks)
        => Generation.Of(Empty.AddSyntaxTrees([.. blocks.Select((block, i) => Generation.Parse(File(block, i), $"{block.Page}#{block.Line}.cs"))]));

    /// <summary>Errors and warnings of generators and compiler, each with its place in the page.</summary>
    public static IEnumerable<string> Complaints(Generation generation)
        => generation.Result.Diagnostics.Concat(generation.CompilerComplaints)
            .Select(complaint => $"{complaint.Location.GetMappedLineSpan().Path}({complaint.Location.GetMappedLineSpan().StartLinePosition.Line + 1}): {complaint.Id}: {complaint.GetMessage(null)}");

    // Statements become a method: a page may show several programs, or pieces of one.
    private static string File(CodeBlock block, int number)
    {
        var root = (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(block.Code, CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview)).GetRoot();
        if (root.Members.OfType<GlobalStatementSyntax>().LastOrDefault() is not { } last)
        {
            return $"{Place(block, 0)}{block.Code}";
        }

        var start = root.Members[0].FullSpan.Start;
        var end = last.FullSpan.End;
        var isAsync = root.DescendantNodes().Any(node => node is AwaitExpressionSyntax or LocalDeclarationStatementSyntax { AwaitKeyword.RawKind: not 0 });
        return $$"""
            {{Place(block, 0)}}{{block.Code[..start]}}
            internal static class Program{{number}}
            {
                internal static {{(isAsync ? "async Task" : "void")}} Run()
                {
            {{Place(block, start)}}{{block.Code[start..end]}}
                }
            }
            {{Place(block, end)}}{{block.Code[end..]}}
            """;
    }

    private static string Place(CodeBlock block, int position) => $"#line {block.Line + block.Code.AsSpan(0, position).Count('\n')} \"{block.Page}\"\n";
}
