using System.Globalization;
using System.Text.RegularExpressions;
using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>Whatever the attributes say, the answer is a diagnostic or code that compiles, never an exception.</summary>
public sealed partial class WrapRobustnessTests
{
    private static readonly VendorAssembly Vendor = VendorAssembly.Of(Vendors.OfAllSorts);

    private static readonly string Source = """
        [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(Demo.Adapter), Owner = typeof(Vendor.Block), Field = "attn", FieldType = typeof(Module<Tensor, Tensor>))]

        namespace Demo;

        internal sealed partial class Adapter : Module<Tensor, Tensor>
        {
            [OriginalMember("_heads")] private partial long Heads { get; }
            [OriginalMember(Submodule = "qkv")] private partial TorchSharp.Modules.Linear Qkv { get; }
            [OriginalMember] private partial Tensor Modulate(Tensor x, in int y);

            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads))]
            public override partial Tensor forward(Tensor hidden);

            private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());
            private Tensor ProjectOut(Tensor attended) => attended.alias();
        }
        """;

    /// <summary>Types, some of which fit somewhere.</summary>
    private static readonly string[] Types =
    [
        "Vendor.SelfAttention", "Vendor.WideAttention", "Vendor.SealedAttention", "Vendor.FixedAttention", "Vendor.ClosedAttention", "Vendor.HiddenAttention",
        "Vendor.IAttention", "Vendor.Layer<>", "Vendor.Layer<int>", "Vendor.Block", "Vendor.WideBlock", "Vendor.HiddenBlock", "Vendor.Heads", "Vendor.Nothing",
        "Module", "Module<Tensor, Tensor>", "Module<,>", "Module<Tensor, Tensor, Tensor>", "Tensor", "IModule<Tensor, Tensor>", "TorchSharp.Modules.Sequential",
        "TorchSharp.Modules.ModuleList<Vendor.SelfAttention>", "TorchSharp.Modules.ModuleList<>", "Vendor.SelfAttention[]", "Vendor.SelfAttention[,]", "Vendor.SelfAttention[][]",
        "System.Collections.Generic.IList<Module>", "System.Collections.Generic.IReadOnlyList<Module>", "object", "int", "int?", "int*", "void", "string", "System.Enum",
        "System.Action", "(int, string)", "delegate*<int, void>", "System.IntPtr", "DayOfWeek", "System.Span<int>", "Demo.Adapter", "Demo.Derived", "Demo.Wrong", "Demo.Text", "T",
    ];

    private static readonly string[] Fields =
    [
        "\"attn\"", "\"open\"", "\"gate\"", "\"any\"", "\"stack\"", "\"wide\"", "\"Norm\"", "\"Shared\"", "\"Depth\"", "\"forward\"", "\"\"", "\" \"", "null", "\"a.b\"",
        "\"<Norm>k__BackingField\"", "\"\\ud800\"", "\"\\u0000\"", "\"é\\u200d\"", "\"@class\"", "nameof(Vendor.Block.open)", "1", "\"a\\\"b\\n\"", "typeof(int)",
    ];

    [Fact]
    public void Source_cut_off_anywhere()
    {
        foreach (var end in Tokens().Matches(Source).Select(match => match.Index))
        {
            Check(Source[..end]);
        }
    }

    [Fact]
    public void Source_without_any_one_word()
    {
        foreach (Match word in Tokens().Matches(Source))
        {
            Check(Source.Remove(word.Index, word.Length));
        }
    }

    [Fact]
    public void Words_in_places_where_they_make_no_sense()
    {
        string[] words = ["static", "ref", "file", "record", "interface", "?", "<T>", "()", "\"\\ud800\"", "extern", "async", "\u200d\u0301x", "params", "typeof(int)", "null", ","];
        foreach (var place in Tokens().Matches(Source).Select(match => match.Index))
        {
            Check(Source.Insert(place, string.Create(CultureInfo.InvariantCulture, $" {words[place % words.Length]} ")));
        }
    }

    [Fact]
    public void Arguments_of_all_sorts()
    {
        const string Classes = """

            namespace Demo
            {
                internal sealed partial class Derived : Vendor.SelfAttention
                {
                    public override Tensor forward(Tensor hidden) => Attend(hidden);
                    [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))] private partial Tensor Attend(Tensor hidden);
                    private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());
                    private Tensor ProjectOut(Tensor attended) => attended.alias();
                }

                internal abstract partial class Wrong<T> : Vendor.Layer<T>;

                internal partial struct Text;
            }
            """;
        var random = new Random(1);
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 700; i++)
        {
            var arguments = new List<string> { Type("Vendor.SelfAttention"), Type(random.Next(5) > 0 ? "Demo.Adapter" : "Demo.Derived") };
            Add("Owner", Type("Vendor.Block"));
            Add("Field", random.Next(5) > 0 ? "\"attn\"" : Pick(Fields));
            Add("FieldType", Type("Module<Tensor, Tensor>"));
            Add("IncludeDerived", random.Next(5) == 0 ? "1" : "true");
            var attribute = $"[assembly: WrapAttention({string.Join(", ", arguments)})]";
            var body = Source[Source.IndexOf("namespace", StringComparison.Ordinal)..];

            // Compiling takes ten times as long as generating.
            var source = attribute + "\n" + body.Replace("namespace Demo;", "namespace Demo {", StringComparison.Ordinal) + "}" + Classes;
            var generation = Check(source);
            if (i % 16 == 0)
            {
                var errors = generation.CompilerComplaints.Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
                errors.Where(d => d.Location.SourceTree?.FilePath.EndsWith("WrapAttention.g.cs", StringComparison.Ordinal) == true).ShouldBeEmpty(source);
                accepted += generation.Result.Diagnostics.IsEmpty && errors.Count == 0 ? 1 : 0;
                refused += generation.Result.Diagnostics.IsEmpty && errors.Count == 0 ? 0 : 1;
            }

            void Add(string property, string value)
            {
                if (random.Next(8) > 0)
                {
                    arguments.Add($"{property} = {value}");
                }
            }
        }

        // Both kinds are among them, or nothing would be tested.
        accepted.ShouldBeGreaterThan(3);
        refused.ShouldBeGreaterThan(3);

        string Type(string fitting) => random.Next(30) == 0 ? "null!" : $"typeof({(random.Next(10) > 0 ? fitting : Pick(Types))})";

        string Pick(string[] choices) => choices[random.Next(choices.Length)];
    }

    [Fact]
    public void Names_that_are_keywords_unicode_or_taken()
    {
        var generation = Vendor.Wrap("""
            [assembly: WrapAttention(typeof(Vendor.SelfAttention), typeof(@namespace.@event.@class), Owner = typeof(Vendor.Block), Field = "attn", FieldType = typeof(Module<Tensor, Tensor>))]

            namespace @namespace.@event;

            internal sealed partial class @class : Module<Tensor, Tensor>
            {
                private static int __wrapped() => 1;
                private static int __Wrapped => __wrapped();
                private static int __RegisterWrapping => __Wrapped;

                [OriginalMember("_heads")] private partial long @int { get; }
                [OriginalMember] private partial Tensor @for(Tensor @in, ref int original, out int original_);
                [OriginalMember(Submodule = "é")] private partial TorchSharp.Modules.Linear größe\u0301 { get; }

                [AttentionSite(Project = nameof(@this), Output = nameof(@out), Heads = nameof(@int))]
                public override partial Tensor forward(Tensor hidden);

                private AttentionInput @this(Tensor hidden) => new(hidden.alias(), hidden.alias(), größe\u0301.forward(hidden));
                private Tensor @out(Tensor attended) { var i = __RegisterWrapping; return @for(attended, ref i, out _); }
            }
            """);

        generation.Result.Diagnostics.ShouldBeEmpty();
        generation.CompilerComplaints.ShouldBeEmpty();
    }

    [Fact]
    public void No_torch_at_all()
    {
        var compilation = Generation.Compile(Source).AddReferences(Vendor.Reference);
        var generation = Generation.Of(compilation.WithReferences(compilation.References.Where(r => r.Display?.Contains("Torch", StringComparison.Ordinal) != true)));

        generation.Result.Exception.ShouldBeNull();
    }

    private static Generation Check(string source)
    {
        var generation = Vendor.Wrap(source);
        generation.Result.Exception.ShouldBeNull(source);
        return generation;
    }

    [GeneratedRegex(@"\w+|[^\w\s]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tokens();
}
