namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>Pieces of user code that many tests share.</summary>
internal static class Sources
{
    /// <summary>The projections that sites name: <c>ProjectQkv</c> and <c>ProjectOut</c>.</summary>
    public const string Projections = """
            private AttentionInput ProjectQkv(Tensor hidden) => new(hidden.alias(), hidden.alias(), hidden.alias());

            private Tensor ProjectOut(Tensor attended) => attended.alias();
        """;

    /// <summary>A module with a site and whatever members a test wants.</summary>
    /// <param name="members">Members of the class <c>Demo.SelfAttention</c>.</param>
    public static string Module(string members) => $$"""
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
        {{members}}

        {{Projections}}

            public override Tensor forward(Tensor input) => input.alias();
        }
        """;

    /// <summary>The members that a strategy needs: full attention.</summary>
    public const string Strategy = """
            public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Output);

            public Tensor Attend(in AttentionCall call)
            {
                using var input = call.Project();
                using var attended = call.Kernel.Full(input);
                return call.Output(attended);
            }

            public AttentionCost Cost(in SiteShape shape) => new(shape.Projections, shape.FullAttention);
        """;

    /// <summary>Two strategies of one file, to stand behind a namespace.</summary>
    public const string Strategies = """
        [AttentionProcessor("mine")]
        public sealed class Mine(IServiceProvider services, int period = 3) : IAttentionDecorator
        {
            public IAttentionProcessor Around(IAttentionProcessor inner) => services is null || period == 0 ? inner : inner;
        }

        public static partial class Outer
        {
            [AttentionProcessor("other")]
            internal sealed partial class Other : IAttentionDecorator
            {
                public IAttentionProcessor Around(IAttentionProcessor inner) => inner;
            }
        }
        """;

    /// <summary>A class that computes attention, with whatever stands before it.</summary>
    /// <param name="declaration">For example <c>[AttentionProcessor("mine")] public sealed class Mine</c>.</param>
    public static string Processor(string declaration) => $$"""
        namespace Demo;

        {{declaration}} : IAttentionProcessor
        {
        {{Strategy}}
        }
        """;
}
