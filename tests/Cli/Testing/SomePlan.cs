namespace DiTFastAttn.Cli.Tests.Testing;

/// <summary>Plans to look at.</summary>
internal static class SomePlan
{
    /// <summary>A plan with all strategies, as a file's text.</summary>
    public static string Text { get; } = """
        {
          "format": "ditfastattn-plan/1",
          "model": "MetaDiT",
          "sites": [
            { "name": "blocks.0.attn", "heads": 2, "headWidth": 64 },
            { "name": "blocks.1.attn", "heads": 2, "headWidth": 64 }
          ],
          "steps": 4,
          "guidance": "conditional-first",
          "window": "1/8",
          "scheduler": "ddim",
          "origin": { "method": "hand", "note": "a & b" },
          "rows": [
            ["full", "full"],
            ["wars", "ast"],
            ["asc", "wa"],
            ["wars+asc", "wars"]
          ]
        }
        """;

    public static AttentionPlan Plan { get; } = PlanFile.Read(Text);
}
