using DiTFastAttn.Generators.Tests.Testing;

namespace DiTFastAttn.Generators.Tests;

/// <summary>A snapshot for every way a site can be declared. What is generated compiles without a warning.</summary>
public sealed class ConstructTests
{
    [Fact]
    public void One_site_with_a_name_and_sizes() => Verify(Sources.Module("""
            private readonly int _heads = 4;

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(_heads), HeadWidth = nameof(Width))]
            private partial Tensor Attend(Tensor hidden);

            private long Width => 72;
        """));

    [Fact]
    public void One_site_without_a_name() => Verify(Sources.Module("""
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);
        """));

    [Fact]
    public void Several_sites() => Verify(Sources.Module("""
            [AttentionSite("spatial", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor AttendInSpace(Tensor hidden);

            [AttentionSite("temporal", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            internal partial Tensor AttendInTime(Tensor hidden);

            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public partial Tensor Attend(Tensor hidden);
        """));

    [Fact]
    public void Cross_attention_with_context_mask_and_rotary_embedding() => Verify(Sources.Module("""
            [AttentionSite("cross", Project = nameof(ProjectCross), Output = nameof(ProjectOut), Kind = SiteKind.CrossAttention)]
            private partial Tensor AttendTo(Tensor hidden, [PerSample] Tensor context, [PerSample] Tensor? mask, (Tensor Cos, Tensor Sin) rotary, int? heads);

            private AttentionInput ProjectCross(Tensor hidden, Tensor context, Tensor? mask, (Tensor Cos, Tensor Sin) rotary, int? heads)
                => new(hidden.alias(), context.alias(), context.alias()) { KeyMask = mask?.alias() };
        """));

    [Fact]
    public void Joint_attention_of_two_streams() => Verify(Sources.Module("""
            [AttentionSite(Project = nameof(ProjectBoth), Output = nameof(SplitOut))]
            private partial (Tensor Image, Tensor Text) Attend(Tensor image, Tensor text, [PerSample] Tensor? mask);

            private AttentionInput ProjectBoth(Tensor image, Tensor text, Tensor? mask) => ProjectQkv(image);

            private (Tensor Image, Tensor Text) SplitOut(Tensor attended, Tensor image, Tensor text, Tensor? mask) => (attended.alias(), attended.alias());
        """));

    [Fact]
    public void A_sub_layer_beside_attention() => Verify(Sources.Module("""
            private readonly int _width = 64;

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);

            [SubLayerSite("mlp", Compute = nameof(Transform), Width = nameof(_width), MultiplyAccumulates = nameof(Work))]
            private partial Tensor FeedForward(Tensor site);

            private long Work => 8L * _width * _width;

            private Tensor Transform(Tensor hidden) => hidden.tanh();
        """));

    [Fact]
    public void Parameters_named_as_the_generated_code_names_its_own() => Verify(Sources.Module("""
            [AttentionSite(Project = nameof(Project), Output = nameof(Output))]
            private partial Tensor Attend(Tensor site, [PerSample] Tensor hidden, [PerSample] Tensor part, Tensor arguments, Tensor input, Tensor attended, int part1);

            private AttentionInput Project(Tensor site, Tensor hidden, Tensor part, Tensor arguments, Tensor input, Tensor attended, int part1)
                => ProjectQkv(site);

            private Tensor Output(Tensor x, Tensor site, Tensor hidden, Tensor part, Tensor arguments, Tensor input, Tensor attended, int part1)
                => ProjectOut(x);
        """));

    [Fact]
    public void Forward_itself_is_the_site() => Verify($$"""
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor input);

        {{Sources.Projections}}
        }
        """);

    [Fact]
    public void A_class_that_may_be_derived_from() => Verify($$"""
        namespace Demo;

        /// <summary>Public, with documentation on.</summary>
        public partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);

        {{Sources.Projections}}

            /// <inheritdoc/>
            public override Tensor forward(Tensor input) => Attend(input);
        }
        """);

    [Fact]
    public void Base_class_with_sites() => Verify("""
        namespace Demo;

        public abstract partial class Base() : Module<Tensor, Tensor>("Base")
        {
            [AttentionSite("first", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            protected virtual partial Tensor Attend(Tensor hidden);

            protected abstract AttentionInput ProjectQkv(Tensor hidden);

            protected abstract Tensor ProjectOut(Tensor attended);

            protected long Heads => 2;
        }

        public sealed partial class Derived : Base
        {
            [AttentionSite("second", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads))]
            private partial Tensor AttendAgain(Tensor hidden);

            [AttentionSite("third", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor AttendOnceMore(Tensor hidden);

            protected override AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

            protected override Tensor ProjectOut(Tensor attended) => attended.alias();

            public override Tensor forward(Tensor input) => AttendAgain(Attend(input));
        }
        """);

    [Fact]
    public void Nested_and_generic_types() => Verify($$"""
        namespace Demo.Deep;

        public static partial class Outer
        {
            internal partial interface IMiddle<T>
                where T : class
            {
                public partial record struct Shell<TKey>(TKey Key)
                    where TKey : notnull
                {
                    private sealed partial class SelfAttention<@class>() : Module<Tensor, Tensor>("SelfAttention")
                        where @class : unmanaged
                    {
                        [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
                        private partial Tensor Attend(Tensor hidden);

        {{Sources.Projections}}

                        public override Tensor forward(Tensor input) => Attend(input);
                    }
                }
            }
        }
        """);

    [Fact]
    public void Global_namespace() => Verify($$"""
        internal sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);

        {{Sources.Projections}}

            public override Tensor forward(Tensor input) => Attend(input);
        }
        """);

    [Fact]
    public void Static_members() => Verify("""
        namespace Demo;

        internal static class Sizes
        {
            public const int Heads = 8;
        }

        public sealed partial class SelfAttention<T>() : Module<Tensor, Tensor>("SelfAttention")
        {
            private const int Heads = Sizes.Heads;
            private static readonly long s_width = 64;

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut), Heads = nameof(Heads), HeadWidth = nameof(s_width))]
            private partial Tensor Attend(Tensor hidden);

            private static AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

            private static Tensor ProjectOut(Tensor attended) => attended.alias();

            public override Tensor forward(Tensor input) => Attend(input);
        }
        """);

    [Fact]
    public void Names_that_are_keywords_or_taken() => Verify("""
        namespace @namespace.@event;

        public sealed partial class @class() : Module<Tensor, Tensor>("class")
        {
            private readonly int __AttendSite = 1;

            [AttentionSite("\u00e9\"\\", Project = nameof(@this), Output = nameof(@out))]
            private partial Tensor @for(Tensor @in);

            [AttentionSite("attn", Project = nameof(@this), Output = nameof(@out), Heads = nameof(@int))]
            private partial Tensor Attend(Tensor site);

            private AttentionInput @this(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

            private Tensor @out(Tensor attended) => attended.alias();

            private int @int => __AttendSite;

            public override Tensor forward(Tensor input) => @for(Attend(input));
        }
        """);

    [Fact]
    public void Overloads_and_obsolete_members() => Verify("""
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            [AttentionSite(Project = "Project", Output = "Output")]
            private partial Tensor Attend(Tensor hidden);

            private AttentionInput Project(Tensor hidden, Tensor rotary) => Project(hidden * rotary);

            [Obsolete("Packed projections come next.")]
            private AttentionInput Project(Tensor? hidden) => new(hidden!.alias(), hidden.alias(), hidden.alias());

            private static string Output(string text) => text;

            [Obsolete]
            private static Tensor Output(Tensor attended) => attended.alias();

            public override Tensor forward(Tensor input) => Attend(input);
        }
        """, expectComplaints: ["CS0618"]);

    [Fact]
    public void Classes_whose_names_differ_in_letter_case_only() => Verify($$"""
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor input);

        {{Sources.Projections}}
        }

        public sealed partial class Selfattention() : Module<Tensor, Tensor>("Selfattention")
        {
            [AttentionSite(Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor input);

        {{Sources.Projections}}
        }
        """);

    private static void Verify(
        string source,
        string[]? expectComplaints = null,
        [System.Runtime.CompilerServices.CallerMemberName] string method = "",
        [System.Runtime.CompilerServices.CallerFilePath] string testFile = "")
    {
        var generation = Generation.Of(source);
        generation.CompilerComplaints.Select(d => d.Id).ShouldBe(expectComplaints ?? [], string.Join('\n', generation.CompilerComplaints));
        Snapshot.Verify(generation, testFile, method);
    }
}
