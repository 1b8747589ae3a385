using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests;

/// <summary>
/// Declarations that nobody means and somebody types: each is refused by its diagnostic, or served; nothing else shows, and nothing throws.
/// </summary>
public sealed class BadInputTests
{
    private const string Site = "[AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]";

    [Theory]
    [InlineData("struct", "public partial struct S", "DFA0005")]
    [InlineData("ref struct", "public ref partial struct S", "DFA0005")]
    [InlineData("record struct", "public readonly partial record struct S", "DFA0005")]
    [InlineData("record", "public sealed partial record S", "DFA0005")]
    [InlineData("interface", "public partial interface S", "DFA0005")]
    [InlineData("class that is no module", "public partial class S", "DFA0005")]
    [InlineData("class that is nearly a module", "public partial class S : Demo.Module", "DFA0005")]
    [InlineData("struct that is not partial", "public struct S", "DFA0001 DFA0005", "CS0751 CS8795")]
    [InlineData("static class", "public static partial class S", "DFA0004 DFA0005", "CS0708")]
    public void Site_in_a_type_that_cannot_have_one(string what, string header, string ids, string? alsoFromCompiler = null)
        => Check(what, $$"""
            namespace Demo;

            public class Module;

            {{header}}
            {
                {{(header.Contains("static", StringComparison.Ordinal) ? Site + "private static" : Site + "private")}} partial Tensor Attend(Tensor hidden);

            {{Sources.Projections}}
            }
            """, ids, alsoFromCompiler);

    [Theory]
    [InlineData("property", Site + " private Tensor Attend => null!;", "", "CS0592")]
    [InlineData("getter", "private Tensor Attend { " + Site + " get => null!; }", "DFA0002")]
    [InlineData("event accessor", "private event Action Attend { " + Site + " add { } remove { } }", "DFA0002")]
    [InlineData("operator", Site + " public static SelfAttention operator +(SelfAttention one) => one;", "DFA0002")]
    [InlineData("conversion", Site + " public static explicit operator int(SelfAttention one) => 1;", "DFA0002")]
    [InlineData("constructor", Site + " private SelfAttention(int x) : this() { }", "", "CS0592")]
    [InlineData("finalizer", Site + " ~SelfAttention() { }", "DFA0002")]
    [InlineData("field", Site + " private readonly int _x = 1;", "", "CS0592 CS0414")]
    [InlineData("lambda", "private Func<int, int> F() => " + Site + " (x) => x;", "DFA0002")]
    [InlineData("local function", "private int F() { return G(); " + Site + " int G() => 1; }", "DFA0002")]
    [InlineData("explicit implementation", Site + " int IComparable<int>.CompareTo(int x) => x;", "DFA0002", "CS0540")]
    [InlineData("delegate", Site + " private delegate Tensor D(Tensor hidden);", "", "CS0592")]
    [InlineData("class", Site + " private class C;", "", "CS0592")]
    [InlineData("type parameter", "private class C<" + Site + " T>;", "", "CS0592")]
    [InlineData("return value", "[return: AttentionSite(Project = \"x\", Output = \"y\")] private Tensor Attend(Tensor hidden) => hidden;", "", "CS0592")]
    [InlineData("extern method", Site + " private static extern Tensor Attend(Tensor hidden);", "DFA0002")]
    [InlineData("abstract method", Site + " private protected abstract Tensor Attend(Tensor hidden);", "DFA0002", "CS0513")]
    [InlineData("method given twice", Site + " private partial Tensor Attend(Tensor hidden); " + Site + " private partial Tensor Attend(Tensor hidden);", "DFA0009", "CS0756 CS0111")]
    [InlineData("method without a name", Site + " private partial Tensor (Tensor hidden);", "", "CS1520 CS9275 CS0592")]
    [InlineData("parameter without a name", Site + " private partial Tensor Attend(Tensor);", "", "CS1001 CS8795")]
    [InlineData("parameter without a type", Site + " private partial Tensor Attend(hidden);", "", "CS1001 CS0246 CS8795")]
    [InlineData("arguments of any number", Site + " private partial Tensor Attend(Tensor hidden, __arglist);", "DFA0004")]
    public void Attribute_in_a_place_that_is_no_site(string what, string member, string ids, string? alsoFromCompiler = null)
        => Check(what, Sources.Module(member), ids, alsoFromCompiler);

    [Theory]
    [InlineData("parameters of private nested types", "Attend(Tensor hidden, Options options, Choice choice)", "private sealed record Options; private enum Choice { A }")]
    [InlineData("parameters with defaults", "Attend(Tensor hidden, [PerSample] Tensor? mask = null, int heads = 2, string name = \"a\\\"b\")", "")]
    [InlineData("any number of parameters", "Attend(Tensor hidden, params Tensor[] rest)", "")]
    [InlineData("a parameter of type dynamic", "Attend(Tensor hidden, dynamic what)", "")]
    [InlineData("a parameter that is an array of arrays", "Attend(Tensor hidden, int?[][,]? what)", "")]
    [InlineData("a function as parameter", "Attend(Tensor hidden, Func<Tensor, (int A, string? B)> what)", "")]
    [InlineData("parameters named as keywords", "Attend(Tensor @this, Tensor @base, int @class, int @await, int value, int field)", "")]
    [InlineData("parameters whose names differ in letter case", "Attend(Tensor hidden, Tensor Hidden, int HIDDEN)", "")]
    [InlineData("parameters named beyond ASCII", "Attend(Tensor größe, Tensor 注意, int ａ, int \\u0041b)", "")]
    public void Parameters_that_are_served(string what, string method, string more)
    {
        var list = method[(method.IndexOf('(', StringComparison.Ordinal) + 1)..^1]
            .Replace("[PerSample] ", "", StringComparison.Ordinal)
            .Replace(" = null", "", StringComparison.Ordinal).Replace(" = 2", "", StringComparison.Ordinal).Replace(" = \"a\\\"b\"", "", StringComparison.Ordinal);
        Check(what, Sources.Module($$"""
            [AttentionSite(Project = nameof(P), Output = nameof(ProjectOut))]
            private partial Tensor {{method}};

            private AttentionInput P({{list}}) => ProjectQkv(null!);
            {{more}}
            """), "");
    }

    [Theory]
    [InlineData("a method named as a keyword", "@yield", "@event", "@class", "@lock")]
    [InlineData("methods beyond ASCII", "Größe", "注意", "ｗ", "Ω\u0301")]
    [InlineData("methods whose names differ in letter case", "Attend", "attend", "ATTEND", "AtTend")]
    [InlineData("methods named as what is generated", "__attendSite", "CreateSites", "Attend", "__AttendSite")]
    public void Names_of_methods_that_are_served(string what, params string[] names)
        => Check(what, Sources.Module(string.Join('\n', names.Select((name, i) => $$"""
            [AttentionSite("s{{i}}", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))] private partial Tensor {{name}}(Tensor hidden);
            """))), "");

    [Theory]
    [InlineData("names of sites that differ in letter case", "\"attn\"", "\"Attn\"", "\"ATTN\"")]
    [InlineData("names of sites beyond ASCII", "\"größe\"", "\"注意\"", "\"\\U0001F600\"")]
    [InlineData("names of sites as C# needs to escape them", "\"\\\"\"", "\"\\\\\"", "\"{0}\"")]
    public void Names_of_sites_that_are_served(string what, params string[] names)
        => Check(what, Sources.Module(string.Join('\n', names.Select((name, i) => $$"""
            [AttentionSite({{name}}, Project = nameof(ProjectQkv), Output = nameof(ProjectOut))] private partial Tensor Attend{{i}}(Tensor hidden);
            """))), "");

    [Theory]
    [InlineData("private nested class", "public static partial class Outer { private sealed partial class @class", "}")]
    [InlineData("class in a private struct in an interface", "public partial interface IOuter { private protected partial struct S { private sealed partial class SelfAttention", "} }")]
    [InlineData("class in a record", "public sealed partial record Outer(int X) { internal sealed partial class Ω", "}")]
    [InlineData("generic class with constraints", "public sealed partial class Outer<@in, T> where @in : struct, Enum where T : class?, IComparable<T>, new() { private sealed partial class SelfAttention<U> where U : allows ref struct", "}")]
    public void Types_that_are_served(string what, string header, string footer)
    {
        // The base class stands before the constraints.
        var constraints = header.IndexOf(" where U", StringComparison.Ordinal);
        var (name, rest) = constraints < 0 ? (header, "") : (header[..constraints], header[constraints..]);
        Check(what, $$"""
            namespace Demo.@namespace.Ünï;

            {{name}} : Module<Tensor, Tensor>{{rest}}
            {
                public SelfAttention() : base("x") { }

                {{Site}}
                public override partial Tensor forward(Tensor input);

            {{Sources.Projections}}
            }
            {{footer}}
            """.Replace("public SelfAttention()", $"public {Last(name)}()", StringComparison.Ordinal), "");

        static string Last(string text) => text.Split(' ')[^1].Split('<')[0];
    }

    [Fact]
    public void Parameter_that_may_be_a_ref_struct_is_refused()
        => Check("allows ref struct", $$"""
            namespace Demo;

            public sealed partial class SelfAttention<T>() : Module<Tensor, Tensor>("x")
                where T : allows ref struct
            {
                [AttentionSite(Project = nameof(P), Output = nameof(ProjectOut))]
                private partial Tensor Attend(Tensor hidden, T more);

                private AttentionInput P(Tensor hidden, T more) => ProjectQkv(hidden);

                public override Tensor forward(Tensor input) => input.alias();

            {{Sources.Projections}}
            }
            """, "DFA0004");

    private static void Check(string what, string source, string ids, string? alsoFromCompiler = null)
    {
        var generation = Generation.Of(source);

        generation.Result.Exception.ShouldBeNull(what);
        generation.Ids.Distinct().Order(StringComparer.Ordinal).ToList()
            .ShouldBe([.. ids.Split(' ', StringSplitOptions.RemoveEmptyEntries)], what);
        generation.CompilerComplaints.Select(d => d.Id).Distinct().ShouldBe(
            [.. (alsoFromCompiler ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)], ignoreOrder: true, $"{what}: {string.Join('\n', generation.CompilerComplaints)}");
        generation.CompilerComplaints.ShouldAllBe(d => d.Location.SourceTree!.FilePath == "File0.cs", what);
    }
}
