namespace DiTFastAttn.Cli.Evaluate;

/// <summary>What <c>sample-real-images</c> writes as JSON.</summary>
/// <param name="Source">The folder that was chosen from.</param>
/// <param name="Seed">The seed of the choice.</param>
/// <param name="Files">The copies, in order.</param>
internal sealed record SampleRealImagesResult(string Source, int Seed, IReadOnlyList<string> Files);
