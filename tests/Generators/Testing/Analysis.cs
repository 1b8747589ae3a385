using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>What the package's analyzers say about a project: its source with what is generated, and its additional files.</summary>
internal sealed class Analysis
{
    private static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers = [.. typeof(PlanAnalyzer).Assembly.GetTypes()
        .Where(type => type.GetCustomAttribute<DiagnosticAnalyzerAttribute>() is not null)
        .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)];

    private Analysis(ImmutableArray<Diagnostic> diagnostics, IReadOnlyDictionary<string, SourceText> texts)
    {
        Diagnostics = [.. diagnostics.OrderBy(d => d.Location.GetLineSpan().Path, StringComparer.Ordinal).ThenBy(d => d.Location.SourceSpan.Start)];
        Texts = texts;
    }

    /// <summary>What is reported, in order of place; an analyzer that throws reports AD0001.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>Every file by its path.</summary>
    public IReadOnlyDictionary<string, SourceText> Texts { get; }

    public IEnumerable<string> Ids => Diagnostics.Select(d => d.Id);

    /// <summary>The messages without the ids.</summary>
    public IEnumerable<string> Messages => Diagnostics.Select(d => d.GetMessage(null));

    /// <summary>Runs the generators and then the analyzers.</summary>
    public static Analysis Of(CSharpCompilation compilation, params AdditionalText[] files)
    {
        var output = Generation.Of(compilation).Output;
        var diagnostics = output.WithAnalyzers(Analyzers, new AnalyzerOptions([.. files])).GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
        var texts = output.SyntaxTrees.Select(tree => (tree.FilePath, Text: (SourceText?)tree.GetText())).Concat(files.Select(file => (file.Path, file.GetText())))
            .Where(file => file.Item2 is not null)
            .ToDictionary(file => file.Item1, file => file.Item2!, StringComparer.Ordinal);
        return new Analysis(diagnostics, texts);
    }

    /// <summary>Runs them on source files alone.</summary>
    public static Analysis Of(params string[] sources) => Of(Generation.Compile(sources));

    /// <summary>A plan as the compiler reads it from a file.</summary>
    public static AdditionalText Plan(string text, Encoding? encoding = null, string path = "some.plan.json")
        => new PlanFileText(path, SourceText.From(text, encoding ?? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)));

    private sealed class PlanFileText(string path, SourceText text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => text;
    }
}
