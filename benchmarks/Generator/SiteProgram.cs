using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace DiTFastAttn.Benchmarks.Generator;

/// <summary>A program with any number of attention sites, to be edited.</summary>
internal sealed class SiteProgram
{
    private const string Usings = """
        global using System;
        global using DiTFastAttn;
        global using TorchSharp;
        global using static TorchSharp.torch;
        global using static TorchSharp.torch.nn;
        """;

    private const string Base = """
        namespace Demo;

        /// <summary>What all classes with sites derive from.</summary>
        public abstract class Attention(string name) : Module<Tensor, Tensor>(name)
        {
            protected long Heads => 2;

            protected static Tensor Joined(Tensor attended)
            {
                using var swapped = attended.transpose(1, 2); // [B, H, L, D] -> [B, L, H, D]
                return swapped.reshape(swapped.shape[0], swapped.shape[1], 8);
            }
        }
        """;

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Preview, DocumentationMode.Diagnose);

    private readonly int _middle;

    /// <param name="classes">Classes, each in a file of its own.</param>
    /// <param name="sitesOfAClass">Sites of a class.</param>
    public SiteProgram(int classes, int sitesOfAClass)
    {
        _middle = classes / 2;
        var trees = Enumerable.Range(0, classes).Select(i => Parse(ClassSource(i, sitesOfAClass), PathOf(i)));
        Compilation = CSharpCompilation.Create(
            "Demo",
            [Parse(Usings, "GlobalUsings.cs"), Parse(Base, "Attention.cs"), .. trees],
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
    }

    /// <summary>The edits of one file that are measured: a name, the file, and two texts of which one is put for the other and back.</summary>
    public static IReadOnlyList<(string Action, bool InBase, string One, string Other)> Edits { get; } =
    [
        ("edit of a body", false, "using var split", "using   var split"),
        ("edit of a body in the base class", true, "var swapped", "var   swapped"),
        ("edit of a declaration", false, "private readonly long _scale", "private readonly int _scale"),
        ("edit of a site's name", false, "\"attn0\"", "\"attention0\""),
        ("edit that adds a type", false, "namespace Demo;", "namespace Demo; public enum One { A }"),
    ];

    /// <summary>The program as it is now.</summary>
    public CSharpCompilation Compilation { get; private set; }

    /// <summary>How generated code is to be parsed.</summary>
    public static CSharpParseOptions Options => ParseOptions;

    /// <summary>Edits a file: puts one text for the other, whichever is there.</summary>
    public void Edit(bool inBase, string one, string other)
    {
        var path = inBase ? "Attention.cs" : PathOf(_middle);
        var tree = Compilation.SyntaxTrees.First(t => t.FilePath == path);
        var text = tree.GetText();
        var source = text.ToString();
        var (old, replacement) = source.Contains(other, StringComparison.Ordinal) ? (other, one) : (one, other);
        var at = source.IndexOf(old, StringComparison.Ordinal);
        if (at < 0)
        {
            throw new InvalidOperationException($"'{path}' has neither '{one}' nor '{other}'.");
        }

        Compilation = Compilation.ReplaceSyntaxTree(tree, tree.WithChangedText(text.WithChanges(new TextChange(new TextSpan(at, old.Length), replacement))));
    }

    private static string ClassSource(int index, int sites)
    {
        var members = new StringBuilder();
        for (var site = 0; site < sites; site++)
        {
            members.Append($$"""

                    [AttentionSite("attn{{site}}", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads))]
                    private partial Tensor Attend{{site}}(Tensor hidden);

                """);
        }

        return $$"""
            namespace Demo;

            public sealed partial class Attention{{index}} : Attention
            {
                private readonly Modules.Linear qkv = Linear(8, 24);
                private readonly Modules.Linear proj = Linear(8, 8);
                private readonly long _scale = 1;

                public Attention{{index}}() : base("Attention{{index}}") => RegisterComponents();

                public override Tensor forward(Tensor input) => Attend0(input);
            {{members}}
                private AttentionInput ProjectQkv(Tensor hidden)
                {
                    using var packed = qkv.forward(hidden);
                    using var split = packed.view(hidden.shape[0], hidden.shape[1], 3, 2, 4); // [B, L, 3·H·D] -> [B, L, 3, H, D]
                    using var permuted = split.permute(2, 0, 3, 1, 4); // -> [3, B, H, L, D]
                    return new(permuted.select(0, 0), permuted.select(0, 1), permuted.select(0, 2));
                }

                private Tensor ProjectOut(Tensor attended)
                {
                    using var joined = Joined(attended);
                    using var projected = proj.forward(joined);
                    return projected * _scale;
                }
            }
            """;
    }

    private static string PathOf(int index) => $"Attention{index}.cs";

    private static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, ParseOptions, path);

    private static IEnumerable<MetadataReference> References()
    {
        var platform = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == platform)
            .Append(typeof(AttentionSite).Assembly.Location)
            .Append(typeof(TorchSharp.torch).Assembly.Location)
            .Select(path => MetadataReference.CreateFromFile(path));
    }
}
