using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests;

/// <summary>A snapshot for every way a strategy can be declared. What is generated compiles without a warning.</summary>
public sealed class ProcessorConstructTests
{
    [Fact]
    public void One_strategy() => Verify([Sources.Processor("""[AttentionProcessor("mine")] public sealed class Mine""")]);

    [Fact]
    public void Several_strategies_in_order_of_their_ids() => Verify(
    [
        Sources.Processor("""[AttentionProcessor("second")] internal sealed class First"""),
        Sources.Processor("""[AttentionProcessor(id: "first")] public class Second"""),
        """
        namespace Demo.Deep;

        public static class Outer
        {
            [AttentionProcessor("outer-half")]
            internal sealed class Half : IAttentionDecorator
            {
                public IAttentionProcessor Around(IAttentionProcessor inner) => inner;
            }
        }
        """,
    ]);

    [Fact]
    public void Derived_class_whose_base_is_abstract() => Verify(
    [
        Sources.Processor("public abstract class Base"),
        """
        namespace Demo;

        [AttentionProcessor("derived")]
        public sealed class Derived : Base;
        """,
    ]);

    [Fact]
    public void Constructors_that_services_can_fill() => Verify(
    [
        Sources.Processor("""[AttentionProcessor("mine")] public sealed class Mine(IServiceProvider services, [Demo.FromKeyedServices("steps")] int steps, int period = 3)""")
            .Replace("public ProcessorTraits", "public int Period => services is null ? steps : period;\n\n    public ProcessorTraits", StringComparison.Ordinal),
        """
        namespace Demo;

        [AttributeUsage(AttributeTargets.Parameter)]
        public sealed class FromKeyedServicesAttribute(object? key) : Attribute
        {
            public object? Key => key;
        }
        """,
    ]);

    [Fact]
    public void Names_that_are_keywords_and_obsolete_classes() => Verify(
    [
        Sources.Processor("""[Obsolete("later")] [AttentionProcessor("mine")] public sealed class @class""")
            .Replace("namespace Demo", "namespace @namespace.@event", StringComparison.Ordinal),
    ]);

    [Fact]
    public void Assembly_whose_name_is_no_identifier() => Verify(
        [Sources.Processor("""[AttentionProcessor("mine")] public sealed class Mine""")], assemblyName: "3d-diffusion.Strategies <&> kit_x");

    [Fact]
    public void Partial_class_in_two_files() => Verify(
    [
        "namespace Demo; public sealed partial class Mine { }",
        Sources.Processor("""[AttentionProcessor("mine")] public sealed partial class Mine"""),
    ]);

    [Fact]
    public void Project_without_strategies_gets_nothing()
        => Generation.Of(Sources.Processor("public sealed class Mine")).Result.GeneratedSources.ShouldBeEmpty();

    private static void Verify(
        string[] sources,
        string assemblyName = "Demo.App",
        [System.Runtime.CompilerServices.CallerMemberName] string method = "",
        [System.Runtime.CompilerServices.CallerFilePath] string testFile = "")
    {
        var generation = Generation.Of(Generation.Compile(sources).WithAssemblyName(assemblyName));
        generation.CompilerComplaints.ShouldBeEmpty();
        generation.Result.Diagnostics.ShouldBeEmpty();
        Snapshot.Verify(generation, testFile, method);
    }
}
