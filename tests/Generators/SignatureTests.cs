using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests;

/// <summary>Which declarations are accepted, one detail at a time.</summary>
public sealed class SignatureTests
{
    private const string Site = "[AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]";

    [Theory]
    [InlineData("private static partial Tensor Attend(Tensor hidden);", "it is static")]
    [InlineData("private partial Tensor Attend<T>(Tensor hidden);", "it is generic")]
    [InlineData("private partial ref Tensor Attend(Tensor hidden);", "it returns a reference")]
    [InlineData("private partial void Attend(Tensor hidden);", "it returns 'void'")]
    [InlineData("partial void Attend(Tensor hidden);", "it returns 'void'")]
    [InlineData("private partial Tensor? Attend(Tensor hidden);", "it returns 'Tensor?'")]
    [InlineData("private partial System.Threading.Tasks.Task<Tensor> Attend(Tensor hidden);", "it returns 'Task<Tensor>'")]
    [InlineData("private partial Tensor Attend();", "it has no parameter")]
    [InlineData("private partial (Tensor, Tensor) Attend(Tensor hidden);", "it returns two streams of tokens and takes one")]
    [InlineData("private partial (Tensor, Tensor) Attend(Tensor hidden, int text);", "its parameter is 'int text'")]
    [InlineData("private partial (Tensor, Tensor?) Attend(Tensor hidden, Tensor text);", "it returns '(Tensor, Tensor?)'")]
    [InlineData("private partial Tensor Attend(Tensor hidden, ref Tensor mask);", "its parameter is 'ref Tensor mask'")]
    [InlineData("private partial Tensor Attend(Tensor hidden, Span<int> sizes);", "its parameter is 'Span<int> sizes'")]
    [InlineData("private partial Tensor Attend(Tensor hidden, [PerSample] int sizes);", "its parameter 'int sizes' is marked [PerSample] and is no tensor")]
    [InlineData("private partial Tensor Attend(ref Tensor hidden);", "its parameter is 'ref Tensor hidden'")]
    [InlineData("private partial Tensor Attend(in Tensor hidden);", "its parameter is 'in Tensor hidden'")]
    [InlineData("private partial Tensor Attend(Tensor? hidden);", "its parameter is 'Tensor? hidden'")]
    [InlineData("private partial Tensor Attend(float[] hidden);", "its parameter is 'float[] hidden'")]
    [InlineData("private unsafe partial Tensor Attend(float* hidden);", "its parameter is 'float* hidden'")]
    public void Site_method_of_another_shape_is_refused_and_filled(string method, string fault)
    {
        var generation = Generation.Of(Sources.Module(Site + method));

        var diagnostic = generation.Result.Diagnostics.ShouldHaveSingleItem();
        diagnostic.Id.ShouldBe("DFA0004");
        diagnostic.GetMessage(null).ShouldContain("'Attend' cannot be an attention site: " + fault);
        generation.CompilerComplaints.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("private AttentionInput P(Tensor hidden) => ProjectQkv(hidden);")]
    [InlineData("private AttentionInput P(Tensor? hidden) => ProjectQkv(hidden!);")]
    [InlineData("public static AttentionInput P(Tensor x) => new(x.alias(), x.alias(), x.alias());")]
    [InlineData("private AttentionInput P(Tensor x) => ProjectQkv(x); private AttentionInput P(Tensor x, int y) => ProjectQkv(x);")]
    public void Projection_is_accepted(string method)
    {
        var generation = Generation.Of(Sources.Module(
            $"[AttentionSite(Project = nameof(P), Output = nameof(ProjectOut))] private partial Tensor Attend(Tensor hidden);\n{method}"));

        generation.Result.Diagnostics.ShouldBeEmpty();
        generation.CompilerComplaints.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("private Tensor O(Tensor attended) => attended.alias();", true)]
    [InlineData("private Tensor O(Tensor attended, Tensor hidden, Tensor? mask, int heads) => attended.alias();", true)]
    [InlineData("private Tensor O(Tensor attended, Tensor hidden) => attended.alias();", false)]
    [InlineData("private Tensor O(Tensor attended, Tensor hidden, Tensor? mask, long heads) => attended.alias();", false)]
    public void Output_takes_the_attended_values_and_all_or_none_of_the_parameters(string member, bool accepted)
    {
        var generation = Generation.Of(Sources.Module($$"""
            [AttentionSite(Project = nameof(P), Output = nameof(O))] private partial Tensor Attend(Tensor hidden, [PerSample] Tensor? mask, int heads);
            private AttentionInput P(Tensor hidden, Tensor? mask, int heads) => ProjectQkv(hidden);
            {{member}}
            """));

        generation.Ids.ShouldBe(accepted ? [] : ["DFA0007"]);
        generation.CompilerComplaints.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("private AttentionInput P<T>(Tensor hidden) => ProjectQkv(hidden);", "DFA0007")]
    [InlineData("private AttentionInput P(ref Tensor hidden) => ProjectQkv(hidden);", "DFA0007")]
    [InlineData("private AttentionInput? P(Tensor hidden) => ProjectQkv(hidden);", "DFA0007")]
    [InlineData("private AttentionInput P() => default;", "DFA0007")]
    [InlineData("private void P(Tensor hidden) { }", "DFA0007")]
    [InlineData("private Func<Tensor, AttentionInput> P => ProjectQkv;", "DFA0006")]
    [InlineData("private class P;", "DFA0006")]
    public void Projection_of_another_shape_is_refused(string member, string id)
    {
        var generation = Generation.Of(Sources.Module(
            $"[AttentionSite(Project = nameof(P), Output = nameof(ProjectOut))] private partial Tensor Attend(Tensor hidden);\n{member}"));

        generation.Ids.ShouldBe([id]);
        generation.CompilerComplaints.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("private int H = 1;", true)]
    [InlineData("private long H => 1;", true)]
    [InlineData("public const int H = 1;", true)]
    [InlineData("private short H => 1;", false)]
    [InlineData("private int? H => 1;", false)]
    [InlineData("private int H() => 1;", false)]
    public void Size_is_an_int_or_a_long(string member, bool accepted)
    {
        var generation = Generation.Of(Sources.Module(
            $"[AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(H))] private partial Tensor Attend(Tensor hidden);\n{member}"));

        generation.Ids.ShouldBe(accepted ? [] : ["DFA0008"]);
        generation.CompilerComplaints.Where(d => d.Id is not ("CS0414" or "CS0649")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("[AttentionSite] private partial Tensor Attend(Tensor hidden);", "CS9035")]
    [InlineData("[AttentionSite(1, Project = nameof(ProjectQkv), Output = nameof(ProjectOut))] private partial Tensor Attend(Tensor hidden);", "CS1503")]
    [InlineData(Site + " private partial Unknown Attend(Tensor hidden);", "CS0246")]
    public void What_the_compiler_says_is_not_said_twice(string declaration, string compilerError)
    {
        var generation = Generation.Of(Sources.Module(declaration));

        generation.Result.Diagnostics.ShouldBeEmpty();
        generation.CompilerComplaints.Select(d => d.Id).ShouldContain(compilerError);
        generation.CompilerComplaints.ShouldAllBe(d => d.Location.SourceTree!.FilePath == "File0.cs", string.Join('\n', generation.CompilerComplaints));
    }

    [Fact]
    public void Classes_that_say_nothing_about_null_are_served()
    {
        var generation = Generation.Of("#nullable disable\n" + Sources.Module(Site + "private partial Tensor Attend(Tensor hidden);"));

        generation.Result.Diagnostics.ShouldBeEmpty();
        generation.CompilerComplaints.ShouldBeEmpty();
    }

    [Fact]
    public void Errors_of_one_site_leave_the_others_alone()
    {
        var generation = Generation.Of(Sources.Module($$"""
            {{Site}}
            private partial Tensor Attend(Tensor hidden);

            [AttentionSite("broken", Project = "Nobody", Output = nameof(ProjectOut))]
            private partial Tensor AttendToText(Tensor hidden);
            """));

        generation.Ids.ShouldBe(["DFA0006"]);
        var text = generation.Result.GeneratedSources.ShouldHaveSingleItem().SourceText.ToString();
        text.ShouldContain("sites.Add(new __AttendSite(this));");
        text.ShouldContain("'SelfAttention.AttendToText' is no attention site: DFA0006.");
    }

    [Fact]
    public void Attribute_on_both_parts_is_one_site()
    {
        // CS0579 (attribute given twice) is the compiler's to say; the generator must not write the file twice.
        var generation = Generation.Of(Sources.Module($$"""
            {{Site}}
            private partial Tensor Attend(Tensor hidden);

            {{Site}}
            private partial Tensor Attend(Tensor hidden) => hidden.alias();
            """));

        generation.Result.Exception.ShouldBeNull();
        generation.Ids.ShouldBe(["DFA0003"]);
    }
}
