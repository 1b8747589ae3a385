namespace DiTFastAttn.Cli.Plans;

/// <summary>What a plan of the authors' code says of a block: our ids of the strategies, one a step.</summary>
/// <param name="SelfAttention">Its <c>attn1</c>.</param>
/// <param name="CrossAttention">Its <c>attn2</c>; <see langword="null"/> where that is never compressed.</param>
/// <param name="FeedForward">Its <c>ff</c>; <see langword="null"/> where that is never compressed.</param>
internal sealed record AuthorsBlock(IReadOnlyList<string> SelfAttention, IReadOnlyList<string>? CrossAttention, IReadOnlyList<string>? FeedForward);
