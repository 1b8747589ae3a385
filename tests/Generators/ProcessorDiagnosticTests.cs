using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests;

/// <summary>
/// A snapshot for every diagnostic of strategies: message, place and what is generated all the same, so that a call of the
/// registration compiles and ours is the only error that shows.
/// </summary>
public sealed class ProcessorDiagnosticTests
{
    private const string Call = """
        namespace Demo;

        public static class Startup
        {
            public static DiTFastAttn.Hosting.DiTFastAttnBuilder Configure(DiTFastAttn.Hosting.DiTFastAttnBuilder builder)
                => DiTFastAttn.Hosting.DemoProcessors.AddDemoProcessors(builder);
        }
        """;

    [Fact]
    public void DFA0041_class_is_no_strategy() => Verify("""
        namespace Demo;

        [AttentionProcessor("mine")]
        public sealed class Mine;
        """);

    [Fact]
    public void DFA0041_class_is_processor_and_decorator() => Verify(Sources
        .Processor("""[AttentionProcessor("mine")] public sealed class Mine""")
        .Replace(": IAttentionProcessor", ": IAttentionProcessor, IAttentionDecorator", StringComparison.Ordinal)
        .Replace("public ProcessorTraits", "public IAttentionProcessor Around(IAttentionProcessor inner) => inner;\n\n    public ProcessorTraits", StringComparison.Ordinal));

    [Fact]
    public void DFA0042_class_is_abstract() => Verify(Sources.Processor("""[AttentionProcessor("mine")] public abstract class Mine"""));

    [Fact]
    public void DFA0042_class_is_static() => Verify("""
        namespace Demo;

        [AttentionProcessor("mine")]
        public static class Mine;
        """);

    [Fact]
    public void DFA0042_class_is_generic() => Verify(Sources.Processor("""[AttentionProcessor("mine")] public sealed class Mine<T>"""));

    [Fact]
    public void DFA0042_class_is_nested_in_a_generic_one() => Verify($$"""
        namespace Demo;

        public static class Outer<T>
        {
            [AttentionProcessor("mine")]
            public sealed class Mine : IAttentionProcessor
            {
        {{Sources.Strategy}}
            }
        }
        """);

    [Fact]
    public void DFA0043_class_is_private() => Verify($$"""
        namespace Demo;

        public static class Outer
        {
            [AttentionProcessor("mine")]
            private sealed class Mine : IAttentionProcessor
            {
        {{Sources.Strategy}}
            }
        }
        """);

    [Fact]
    public void DFA0043_class_is_inside_a_protected_one() => Verify($$"""
        namespace Demo;

        public class Outer
        {
            protected static class Inner
            {
                [AttentionProcessor("mine")]
                public sealed class Mine : IAttentionProcessor
                {
        {{Sources.Strategy}}
                }
            }
        }
        """);

    [Fact]
    public void DFA0043_class_is_file_local() => Verify(Sources.Processor("""[AttentionProcessor("mine")] file sealed class Mine"""));

    [Theory]
    [InlineData("empty", "\"\"")]
    [InlineData("plus", "\"wars+mine\"")]
    [InlineData("space", "\"my own\"")]
    [InlineData("upper", "\"Mine\"")]
    [InlineData("other", "\"mine_é\"")]
    [InlineData("none", "null!")]
    public void DFA0044_id_is_malformed(string what, string id) => Verify(
        Sources.Processor($$"""[AttentionProcessor({{id}})] public sealed class DeltaCaching2D"""), method: $"{nameof(DFA0044_id_is_malformed)}-{what}");

    [Fact]
    public void DFA0045_id_is_built_in() => Verify(Sources.Processor("""[AttentionProcessor("wars")] public sealed class Wars"""));

    [Fact]
    public void DFA0046_two_classes_have_one_id() => Verify($$"""
        {{Sources.Processor("""[AttentionProcessor("mine")] public sealed class First""")}}

        [AttentionProcessor("mine")]
        public sealed class Mine : IAttentionProcessor
        {
        {{Sources.Strategy}}
        }

        [AttentionProcessor("mine")]
        public sealed class Third : IAttentionProcessor
        {
        {{Sources.Strategy}}
        }
        """);

    [Fact]
    public void DFA0047_constructor_is_not_public() => Verify(Sources
        .Processor("""[AttentionProcessor("mine")] public sealed class Mine""")
        .Replace("public ProcessorTraits", "internal Mine()\n    {\n    }\n\n    public ProcessorTraits", StringComparison.Ordinal));

    [Fact]
    public void DFA0047_constructor_takes_what_is_no_service() => Verify(Sources
        .Processor("""[AttentionProcessor("mine")] public sealed class Mine(IServiceProvider services, int period)""")
        .Replace("public ProcessorTraits", "public Mine(string text, ref IServiceProvider services) : this(services, text.Length)\n    {\n    }\n\n    public int Period => services is null ? 0 : period;\n\n    public ProcessorTraits", StringComparison.Ordinal));

    [Fact]
    public void DFA0048_project_does_not_refer_to_hosting()
    {
        var generation = Generation.Of(Generation.WithoutHosting(Generation.Compile(Sources.Processor("""[AttentionProcessor("mine")] public sealed class Mine"""))));

        generation.Ids.ShouldBe(["DFA0048"]);
        generation.CompilerComplaints.ShouldBeEmpty();
        Snapshot.Verify(generation);
    }

    [Fact]
    public void DFA0049_registration_is_never_called()
    {
        var generation = Generation.Of(Generation.Compile("""
            using DiTFastAttn.Hosting;
            using Microsoft.Extensions.DependencyInjection;

            namespace Demo;

            public static class Startup
            {
                public static void Configure(IServiceCollection services) => services.AddDiTFastAttn(options => options.Kernel = null);

                public static void ConfigureAgain(IServiceCollection services) => ServiceCollectionExtensions.AddDiTFastAttn(services);
            }
            """, Sources.Processor("""[AttentionProcessor("mine")] public sealed class Mine"""), Sources.Processor("""[AttentionProcessor("other")] public sealed class Other""")));

        generation.Ids.ShouldBe(["DFA0049"]);
        generation.CompilerComplaints.ShouldBeEmpty();
        Snapshot.Verify(generation);
    }

    [Theory]
    [InlineData("services.AddDiTFastAttn().AddDemoProcessors()")]
    [InlineData("DemoProcessors.AddDemoProcessors(services.AddDiTFastAttn())")]
    [InlineData("new Func<DiTFastAttnBuilder, DiTFastAttnBuilder>(DemoProcessors.AddDemoProcessors)")]
    [InlineData("nameof(ServiceCollectionExtensions.AddDiTFastAttn)")]
    public void Projects_that_register_or_do_not_start_anything_stay_silent(string expression)
    {
        var generation = Generation.Of(Generation.Compile($$"""
            using DiTFastAttn.Hosting;
            using Microsoft.Extensions.DependencyInjection;

            namespace Demo;

            public static class Startup
            {
                public static object Configure(IServiceCollection services) => {{expression}};
            }
            """, Sources.Processor("""[AttentionProcessor("mine")] public sealed class Mine""")));

        generation.Ids.ShouldBeEmpty();
        generation.CompilerComplaints.ShouldBeEmpty();
    }

    [Fact]
    public void Struct_is_refused_by_the_compiler_alone()
    {
        var generation = Generation.Of(Sources.Processor("""[AttentionProcessor("mine")] public struct Mine""").Replace(" { get; } =", " =>", StringComparison.Ordinal));

        generation.Result.Diagnostics.ShouldBeEmpty();
        generation.CompilerComplaints.Select(d => d.Id).ShouldBe(["CS0592"]);
    }

    [Fact]
    public void What_the_compiler_cannot_find_is_left_to_it()
    {
        var generation = Generation.Of(Sources.Processor("""[AttentionProcessor("mine")] public sealed class Mine(INobody nobody)""")
            .Replace(": IAttentionProcessor", ": Nobody, IAttentionProcessor", StringComparison.Ordinal));

        generation.Result.Diagnostics.ShouldBeEmpty();
        generation.CompilerComplaints.Select(d => d.Id).Distinct().ShouldBe(["CS0246", "CS9113"], ignoreOrder: true);
    }

    [Fact]
    public void Reserved_ids_are_those_of_the_catalog()
        => Processors.ProcessorId.BuiltIn.ShouldBe(DiTFastAttn.Processors.ProcessorCatalog.BuiltInIds);

    [Theory]
    [InlineData("DeltaCaching", "delta-caching")]
    [InlineData("Wars", "my-wars")]
    [InlineData("HTTPAttention2D", "http-attention2-d")]
    [InlineData("_Über", "ber")]
    [InlineData("Ω", "mine")]
    [InlineData("a_b__c", "a-b-c")]
    public void An_id_is_proposed_from_the_name_of_the_class(string className, string id)
    {
        Processors.ProcessorId.Of(className).ShouldBe(id);
        Processors.ProcessorId.Fault(id).ShouldBeNull();
    }

    private static void Verify(
        string source,
        [System.Runtime.CompilerServices.CallerMemberName] string method = "",
        [System.Runtime.CompilerServices.CallerFilePath] string testFile = "")
    {
        var generation = Generation.Of(Generation.Compile(source, Call));
        generation.Ids.Distinct().ShouldBe([method[..7]]);
        generation.CompilerComplaints.ShouldBeEmpty();
        Snapshot.Verify(generation, testFile, method);
    }
}
