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
}
