namespace DiTFastAttn;

/// <summary>A trajectory whose model calls can be taken block by block: what a search needs to reuse the blocks before a change.</summary>
public interface IBlockwiseTrajectory : IDenoisingTrajectory
{
    /// <summary>Begins the model call of <see cref="IDenoisingTrajectory.Predict"/> without computing a block.</summary>
    /// <returns>The call; to be disposed before the trajectory advances.</returns>
    IBlockChain BeginPrediction();
}
