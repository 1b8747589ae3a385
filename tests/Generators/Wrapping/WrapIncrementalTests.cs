using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Tests.Wrapping;

/// <summary>Why the steps of the adapters' pipeline ran after an edit.</summary>
public sealed class WrapIncrementalTests
{
    private const string Parsed = "Adapters.Parse";
    private const string Models = "Adapters.Models";
    private const string Sources = "Adapters.Sources";
    private const string Diagnostics = "Adapters.Diagnostics";

    private static readonly VendorAssembly Vendor = VendorAssembly.Of(Vendors.OfAllSorts);

    private static readonly string First = Program("SelfAttention", "First", "Vendor.SelfAttention");
    private static readonly string Second = Program("SealedAttention", "Second", "Module<Tensor, Tensor>");
    private static readonly string Broken = Program("FixedAttention", "Broken", "Vendor.FixedAttention").Replace("public override partial", "public new partial", StringComparison.Ordinal);

    [Theory]
    [InlineData("a new file", 3, null, "namespace Other; public class C { int F() => 1; }")]
    [InlineData("a comment above", 0, "namespace Demo;", "namespace Demo; // shifts nothing\n\n// shifts everything\n")]
    [InlineData("a method's body", 0, "=> attended.alias()", "=> attended + 0")]
    [InlineData("a new member", 0, "private Tensor ProjectOut", "private int More => 1; private Tensor ProjectOut")]
    [InlineData("the attribute's layout", 0, "typeof(Demo.First)", "\n    typeof(Demo.First)")]
    public void Edit_that_does_not_matter_writes_nothing(string what, int file, string? old, string replacement)
    {
        var after = Reasons(file, old, replacement);

        foreach (var step in (string[])[Parsed, Models, Sources, Diagnostics])
        {
            after[step].ShouldAllBe(reason => !IncrementalTests.IsRerun(reason), $"{what}: {step}");
        }

        after[IncrementalTests.Output].ShouldAllBe(reason => reason == IncrementalStepRunReason.Cached, what);
    }

    [Theory]
    [InlineData("the class's name", "First", "Primary")]
    [InlineData("whether derived classes are meant", "typeof(Demo.First)", "typeof(Demo.First), IncludeDerived = true")]
    [InlineData("a member of the original", "private Tensor ProjectOut", "[OriginalMember] private partial long _heads { get; } private Tensor ProjectOut")]
    public void Edit_that_matters_writes_its_own_adapter_again(string what, string old, string replacement)
    {
        var after = Reasons(0, old, replacement);

        // One of three adapters; the others stay as they were.
        after[Models].Count(IncrementalTests.IsRerun).ShouldBe(1, what);
        after[Sources].Count(IncrementalTests.IsRerun).ShouldBe(1, what);
        after[Diagnostics].ShouldAllBe(reason => !IncrementalTests.IsRerun(reason), what);
    }

    [Fact]
    public void Lines_above_a_faulty_adapter_move_its_diagnostic_and_write_nothing()
    {
        var after = Reasons(2, "namespace Demo;", "// one line more\nnamespace Demo;");

        after[Diagnostics].Count(IncrementalTests.IsRerun).ShouldBe(1);
        after[Sources].ShouldAllBe(reason => !IncrementalTests.IsRerun(reason));
    }

    [Fact]
    public void Mending_a_faulty_adapter_takes_its_diagnostic_away_and_registers_it()
    {
        var after = Reasons(2, "public new partial Tensor forward(Tensor hidden);", "public partial Tensor Attend(Tensor hidden); public override string GetName() => \"\";");

        after[Diagnostics].ShouldBe([IncrementalStepRunReason.Removed]);
        after[Sources].Count(IncrementalTests.IsRerun).ShouldBe(1);
    }

    private static Dictionary<string, List<IncrementalStepRunReason>> Reasons(int file, string? old, string replacement)
        => IncrementalTests.Reasons([First, Second, Broken], file, old, replacement, Vendor.Reference);

    private static string Program(string original, string name, string baseClass) => $$"""
        [assembly: WrapAttention(typeof(Vendor.{{original}}), typeof(Demo.{{name}}))]

        namespace Demo;

        internal sealed partial class {{name}} : {{baseClass}}
        {
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor hidden);

            private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

            private Tensor ProjectOut(Tensor attended) => attended.alias();
        }
        """;
}
