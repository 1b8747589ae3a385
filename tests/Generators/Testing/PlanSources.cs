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
