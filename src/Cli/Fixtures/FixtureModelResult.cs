namespace DiTFastAttn.Cli.Fixtures;

/// <summary>What <c>fixture-model --json</c> writes.</summary>
/// <param name="Like">The checkpoint that was made again.</param>
/// <param name="Scale">Its size: tiny or full.</param>
/// <param name="Files">The files, from the folder on.</param>
/// <param name="Parameters">Values of all weights.</param>
/// <param name="Bytes">Bytes of all files.</param>
internal sealed record FixtureModelResult(string Like, string Scale, IReadOnlyList<string> Files, long Parameters, long Bytes);
