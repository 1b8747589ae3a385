using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;

namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>Offers the package's code fixes for a diagnostic as an editor does, and applies them.</summary>
internal static class FixRun
{
    /// <summary>Every code fix of the package, found as an editor finds them.</summary>
    public static IReadOnlyList<CodeFixProvider> Providers { get; } = [.. Assembly.Load("DiTFastAttn.CodeFixes").DefinedTypes
        .Where(type => type.GetCustomAttribute<ExportCodeFixProviderAttribute>() is { } export && export.Languages.Contains(LanguageNames.CSharp))
        .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!)];

    /// <summary>The titles of the fixes for the first diagnostic of an id, and what each makes of the source.</summary>
    /// <param name="compilation">Source with the fault.</param>
    /// <param name="id">The diagnostic, the generators', the analyzers' or the compiler's.</param>
    public static Task<IReadOnlyList<(string Title, string Source)>> Of(CSharpCompilation compilation, string id)
    {
        var generation = Generation.Of(compilation);
        return Of(compilation, generation.Result.Diagnostics.Concat(generation.CompilerComplaints).Concat(Analysis.Of(compilation).Diagnostics)
            .Where(d => d.Id == id).OrderBy(d => d.Location.SourceSpan.Start).First());
    }

    /// <summary>The titles of the fixes for a diagnostic, and what each makes of the source.</summary>
    /// <param name="compilation">The source as it is now.</param>
    /// <param name="diagnostic">The diagnostic.</param>
    public static async Task<IReadOnlyList<(string Title, string Source)>> Of(CSharpCompilation compilation, Diagnostic diagnostic)
    {
        using var workspace = new AdhocWorkspace();
        var project = ProjectInfo.Create(
            ProjectId.CreateNewId(),
            VersionStamp.Default,
            compilation.AssemblyName!,
            compilation.AssemblyName!,
            LanguageNames.CSharp,
            compilationOptions: compilation.Options,
            parseOptions: compilation.SyntaxTrees[0].Options,
            metadataReferences: compilation.References);
        var solution = workspace.CurrentSolution.AddProject(project);
        foreach (var tree in compilation.SyntaxTrees)
        {
            solution = solution.AddDocument(DocumentId.CreateNewId(project.Id), tree.FilePath, await tree.GetTextAsync(), filePath: tree.FilePath);
        }

        // By its path, as the editor does: a generator's diagnostic holds no tree.
        var document = solution.GetDocument(solution.GetDocumentIdsWithFilePath(diagnostic.Location.GetLineSpan().Path).Single())!;
        var actions = new List<CodeAction>();
        foreach (var provider in Providers.Where(provider => provider.FixableDiagnosticIds.Contains(diagnostic.Id)))
        {
            await provider.RegisterCodeFixesAsync(new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), CancellationToken.None));
        }

        var fixes = new List<(string Title, string Source)>();
        foreach (var action in actions)
        {
            var operation = (await action.GetOperationsAsync(CancellationToken.None)).OfType<ApplyChangesOperation>().Single();
            var changed = operation.ChangedSolution.GetDocument(document.Id)!;
            fixes.Add((action.Title, (await changed.GetTextAsync()).ToString()));
        }

        return fixes;
    }
}
