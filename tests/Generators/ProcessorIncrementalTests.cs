using DiTFastAttn.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;

namespace DiTFastAttn.Generators.Tests;

/// <summary>Why the steps of the strategies' pipeline ran after an edit.</summary>
public sealed class ProcessorIncrementalTests
{
    private const string Sources = "Processors.Sources";
    private const string Registrations = "Processors.Registrations";
    private const string Diagnostics = "Processors.Diagnostics";
    private const string Duplicates = "Processors.DuplicateIds";

    private static readonly string First = Testing.Sources.Processor("""[AttentionProcessor("first")] public sealed class First""");
    private static readonly string Second = Testing.Sources.Processor("""[AttentionProcessor("second")] public sealed class Second""");
    private static readonly string Broken = Testing.Sources.Processor("""[AttentionProcessor("Broken")] public sealed class Broken""");

    [Theory]
    [InlineData("a new file", 3, null, "namespace Other; public class C { int F() => 1; }")]
    [InlineData("a comment above", 0, "namespace Demo;", "namespace Demo; // shifts nothing\n\n// shifts everything\n")]
    [InlineData("a method's body", 0, "using var input = call.Project();", "using var input = call.Project(); var other = 1;")]
    [InlineData("a new member", 0, "public ProcessorTraits", "public int More => 1; public ProcessorTraits")]
    [InlineData("a constructor with services", 0, "class First", "class First(IServiceProvider services)")]
    public void Edit_that_does_not_matter_writes_nothing(string what, int file, string? old, string replacement)
    {
        var after = IncrementalTests.Reasons([First, Second, Broken], file, old, replacement);

        foreach (var step in (string[])[Sources, Registrations, Diagnostics])
        {
            after[step].ShouldAllBe(reason => !IncrementalTests.IsRerun(reason), $"{what}: {step}");
        }

        after[IncrementalTests.Output].ShouldAllBe(reason => reason == IncrementalStepRunReason.Cached, what);
    }

    [Theory]
    [InlineData("the id", "\"first\"", "\"primary\"")]
    [InlineData("the class's name", "class First", "class Primary")]
    [InlineData("the namespace", "namespace Demo;", "namespace Other;")]
    public void Edit_that_matters_writes_the_registration_again(string what, string old, string replacement)
    {
        var after = IncrementalTests.Reasons([First, Second, Broken], 0, old, replacement);

        after[Registrations].Count(IncrementalTests.IsRerun).ShouldBe(1, what);
        after[Sources].Count(IncrementalTests.IsRerun).ShouldBe(1, what);
        after[Diagnostics].ShouldAllBe(reason => !IncrementalTests.IsRerun(reason), what);
    }

    [Fact]
    public void Lines_above_a_faulty_strategy_move_its_diagnostic_and_write_nothing()
    {
        var after = IncrementalTests.Reasons([First, Second, Broken], 2, "namespace Demo;", "// one line more\nnamespace Demo;");

        after[Diagnostics].Count(IncrementalTests.IsRerun).ShouldBe(1);
        after[Sources].ShouldAllBe(reason => !IncrementalTests.IsRerun(reason));
    }

    [Fact]
    public void Taking_another_strategys_id_reports_it_once_and_giving_it_back_removes_that()
    {
        var taken = Second.Replace("\"second\"", "\"first\"", StringComparison.Ordinal);

        IncrementalTests.Reasons([First, Second], 1, "\"second\"", "\"first\"")[Duplicates].ShouldBe([IncrementalStepRunReason.New]);
        IncrementalTests.Reasons([First, taken], 1, "\"first\"", "\"second\"")[Duplicates].ShouldBe([IncrementalStepRunReason.Removed]);
    }

    [Theory]
    [InlineData("another start", "services.AddDiTFastAttn()", "services.AddDiTFastAttn( )", false)]
    [InlineData("lines above", "namespace Demo;", "// one line more\nnamespace Demo;", true)]
    [InlineData("the registration", "services.AddDiTFastAttn()", "services.AddDiTFastAttn().AddDemoProcessors()", true)]
    public void Starting_the_program_concerns_the_warning_alone(string what, string old, string replacement, bool concerns)
    {
        const string Start = "namespace Demo; public static class Startup { public static object Do(dynamic services) => services.AddDiTFastAttn(); }";

        var after = IncrementalTests.Reasons([First, Start], 1, old, replacement);

        after["Processors.Unregistered"].Any(reason => reason is not (IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged)).ShouldBe(concerns, what);
        after[Sources].ShouldAllBe(reason => !IncrementalTests.IsRerun(reason), what);
    }
}
