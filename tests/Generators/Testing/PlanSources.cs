namespace DiTFastAttn.Generators.Tests.Testing;

/// <summary>A model, strategies and a plan for them.</summary>
internal static class PlanSources
{
    public const string Model = $$"""
        namespace Demo;

        public sealed partial class SelfAttention() : Module<Tensor, Tensor>("SelfAttention")
        {
            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            public override partial Tensor forward(Tensor input);

        {{Sources.Projections}}
        }

        public sealed class DiT : Module<Tensor, Tensor>
        {
            private readonly TorchSharp.Modules.ModuleList<SelfAttention> blocks = [new(), new()];
            private readonly TorchSharp.Modules.Linear head = Linear(8, 8);
            private readonly SelfAttention last = new();

            public DiT()
                : base(nameof(DiT))
                => RegisterComponents();

            public override Tensor forward(Tensor input)
            {
                using var first = blocks[0].forward(input);
                using var attended = last.forward(first);
                return head.forward(attended);
            }
        }
        """;

    /// <summary>Attention and a sub-layer beside it.</summary>
    public const string JointModel = $$"""
        namespace Demo;

        public sealed partial class Joint() : Module<Tensor, Tensor>("Joint")
        {
            private const int Width = 8;

            public override Tensor forward(Tensor input)
            {
                using var attended = Attend(input);
                return FeedForward(attended);
            }

            [AttentionSite("attn", Project = nameof(ProjectQkv), Output = nameof(ProjectOut))]
            private partial Tensor Attend(Tensor hidden);

            [SubLayerSite("mlp", Compute = nameof(Transform), Width = nameof(Width), MultiplyAccumulates = nameof(Width))]
            private partial Tensor FeedForward(Tensor hidden);

            private Tensor Transform(Tensor hidden) => hidden.tanh();

        {{Sources.Projections}}
        }
        """;

    /// <summary>A plan of it with attention where there is none.</summary>
    public const string JointPlan = """
        {
          "format": "ditfastattn-plan/1",
          "model": "Joint",
          "sites": [
            { "name": "attn", "heads": 2, "headWidth": 4 },
            { "name": "mlp", "heads": 1, "headWidth": 8, "subLayer": 8 }
          ],
          "steps": 2,
          "guidance": "conditional-first",
          "window": "1/8",
          "origin": { "method": "hand" },
          "rows": [
            ["full", "full"],
            ["wars", "wars"]
          ]
        }
        """;

    public const string Strategies = """
        namespace Demo;

        [AttentionProcessor("mine")]
        public sealed class Mine : IAttentionDecorator
        {
            public IAttentionProcessor Around(IAttentionProcessor inner) => inner;
        }
        """;

    public const string Plan = """
        {
          "format": "ditfastattn-plan/1",
          "model": "DiT",
          "sites": [
            { "name": "blocks.0.attn", "heads": 2, "headWidth": 4 },
            { "name": "blocks.1.attn", "heads": 2, "headWidth": 4 },
            { "name": "last.attn", "heads": 0, "headWidth": 0 }
          ],
          "steps": 3,
          "guidance": "conditional-first",
          "window": "1/8",
          "origin": { "method": "hand" },
          "rows": [
            ["full", "full", "full"],
            ["wars", "ast", "mine"],
            ["full", "wars+asc", "ast+mine"]
          ]
        }

        """;
}
