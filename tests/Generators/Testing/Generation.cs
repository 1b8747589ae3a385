using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using TorchSharp;

namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>Source, the generator's results for it, and what the compiler says about both together.</summary>
internal sealed class Generation
{
    private const string GlobalUsings = """
        global using System;
        global using DiTFastAttn;
        global using TorchSharp;
        global using static TorchSharp.torch;
        global using static TorchSharp.torch.nn;
        """;

    private static readonly CSharpParseOptions ParseOptions
        = new(LanguageVersion.Preview, DocumentationMode.Diagnose);

    /// <summary>What all compilations start from: those that only add source share the references' symbols.</summary>
    private static readonly CSharpCompilation Empty = CSharpCompilation.Create(
        "Demo",
        [Parse(GlobalUsings, "GlobalUsings.cs")],
        FindReferences(),
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            nullableContextOptions: NullableContextOptions.Enable,
            warningLevel: 9999,
            allowUnsafe: true));

    private readonly Lazy<ImmutableArray<Diagnostic>> _complaints;

    private Generation(GeneratorDriverRunResult result, Compilation output)
    {
        Result = new GenerationResult(result);
        Output = output;
        _complaints = new(() => [.. Output.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning && !(d.Id == "CS1591" && IsTests(d.Location.SourceTree)))]);
    }

    /// <summary>What all generators of the package did.</summary>
    public GenerationResult Result { get; }

    /// <summary>The compilation with the generated files.</summary>
    public Compilation Output { get; }

    /// <summary>The ids of the generator's diagnostics, in order of place.</summary>
    public IEnumerable<string> Ids => Result.Diagnostics.OrderBy(d => d.Location.SourceSpan.Start).Select(d => d.Id);

    /// <summary>Errors and warnings of the compiler itself, but for the documentation that the tests' own classes lack (CS1591).</summary>
    public ImmutableArray<Diagnostic> CompilerComplaints => _complaints.Value;

    /// <summary>Runs the generators on one source file.</summary>
    public static Generation Of(string source) => Of(Compile(source));

    /// <summary>Runs the generators on a compilation.</summary>
    public static Generation Of(CSharpCompilation compilation)
    {
        var driver = Driver().RunGeneratorsAndUpdateCompilation(compilation, out var output, out _);
        return new Generation(driver.GetRunResult(), output);
    }

    /// <summary>A driver that remembers why each step ran.</summary>
    public static GeneratorDriver Driver()
        => CSharpGeneratorDriver.Create(
            [new AttentionSiteGenerator().AsSourceGenerator(), new AttentionProcessorGenerator().AsSourceGenerator(), new WrapAttentionGenerator().AsSourceGenerator()],
            parseOptions: ParseOptions,
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>A library with nullable and all warnings on, doc comments included.</summary>
    /// <param name="sources">Files <c>File0.cs</c>, <c>File1.cs</c>, …</param>
    public static CSharpCompilation Compile(params string[] sources)
        => Empty.AddSyntaxTrees([.. sources.Select((source, i) => Parse(source, $"File{i}.cs"))]); // a list: the compiler enumerates it twice

    /// <summary>The compilation of a project that does not refer to DiTFastAttn.Hosting.</summary>
    public static CSharpCompilation WithoutHosting(CSharpCompilation compilation)
        => compilation.WithReferences(compilation.References.Where(r => !r.Display!.Contains("Hosting", StringComparison.Ordinal)));

    public static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, ParseOptions, path);

    /// <summary>Compiles source and generated files to an assembly that other compilations can refer to.</summary>
    public MetadataReference ToReference() => MetadataReference.CreateFromImage([.. EmitImage()]);

    /// <summary>Compiles source and generated files, and loads them.</summary>
    /// <param name="libraries">What they refer to beside torch and the abstractions; loaded with them.</param>
    public Assembly Load(params Generation[] libraries) => LoadWith([.. libraries.Select(library => library.EmitImage())]);

    /// <summary>Compiles source and generated files, and loads them.</summary>
    /// <param name="libraries">Assemblies that they refer to; loaded with them.</param>
    public Assembly LoadWith(params byte[][] libraries)
    {
        var context = new AssemblyLoadContext("Demo", isCollectible: true);
        foreach (var library in libraries)
        {
            using var libraryImage = new MemoryStream(library);
            context.LoadFromStream(libraryImage);
        }

        using var image = new MemoryStream(EmitImage());
        return context.LoadFromStream(image);
    }

    private bool IsTests(SyntaxTree? tree) => Result.GeneratedSources.All(source => source.SyntaxTree != tree);

    private byte[] EmitImage()
    {
        CompilerComplaints.ShouldBeEmpty();
        using var image = new MemoryStream();
        Output.Emit(image).Success.ShouldBeTrue();
        return image.ToArray();
    }

    private static IEnumerable<MetadataReference> FindReferences()
    {
        var platform = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == platform)
            .Append(typeof(AttentionSite).Assembly.Location)
            .Append(typeof(torch).Assembly.Location)
            .Append(typeof(Hosting.DiTFastAttnBuilder).Assembly.Location)
            .Append(typeof(Microsoft.Extensions.DependencyInjection.IServiceCollection).Assembly.Location)
            .Select(path => MetadataReference.CreateFromFile(path));
    }
}
