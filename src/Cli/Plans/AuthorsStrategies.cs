namespace DiTFastAttn.Cli.Plans;

/// <summary>What the authors' code and xDiT call the strategies.</summary>
internal static class AuthorsStrategies
{
    private static readonly (string Name, string Id)[] Names =
    [
        ("full_attn", "full"),
        ("full_attn+cfg_attn_share", "asc"),
        ("residual_window_attn", "wars"),
        ("residual_window_attn+cfg_attn_share", "wars+asc"),
        ("residual_window_attn+without_residual", "wa"),
        ("residual_window_attn+cfg_attn_share+without_residual", "wa+asc"),
        ("residual_window_attn+without_residual+cfg_attn_share", "wa+asc"),
        ("output_share", "ast"),
        ("FULL_ATTN", "full"),
        ("FULL_ATTN_CFG_SHARE", "asc"),
        ("RESIDUAL_WINDOW_ATTN", "wars"),
        ("RESIDUAL_WINDOW_ATTN_CFG_SHARE", "wars+asc"),
        ("OUTPUT_SHARE", "ast"),
    ];

    private static readonly Dictionary<string, string> Ids = Names.ToDictionary(entry => entry.Name, entry => entry.Id, StringComparer.Ordinal);

    /// <summary>All names, the authors' before xDiT's.</summary>
    public static IEnumerable<string> Known => Names.Select(entry => entry.Name);

    /// <summary>Our id of a strategy; what the authors do not know is taken as it is.</summary>
    /// <param name="name">The authors' name, or ours.</param>
    public static string IdOf(string name) => Find(name) ?? name;

    /// <summary>Our id of a strategy, or <see langword="null"/> where the name is none of theirs.</summary>
    /// <param name="name">Their name.</param>
    public static string? Find(string name) => Ids.GetValueOrDefault(name);
}
