namespace DiTFastAttn.Cli.Run;

/// <summary>What the authors' code calls the strategies.</summary>
internal static class AuthorsStrategies
{
    private static readonly Dictionary<string, string> Ids = new(StringComparer.Ordinal)
    {
        ["full_attn"] = "full",
        ["full_attn+cfg_attn_share"] = "asc",
        ["residual_window_attn"] = "wars",
        ["residual_window_attn+cfg_attn_share"] = "wars+asc",
        ["residual_window_attn+without_residual"] = "wa",
        ["output_share"] = "ast",
    };

    /// <summary>Our id of a strategy; what the authors do not know is taken as it is.</summary>
    /// <param name="name">The authors' name, or ours.</param>
    public static string IdOf(string name) => Ids.GetValueOrDefault(name, name);
}
