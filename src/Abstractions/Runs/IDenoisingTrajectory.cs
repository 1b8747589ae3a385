using TorchSharp;

namespace DiTFastAttn;

/// <summary>
/// A generation that somebody else steps through: what a plan search needs of a pipeline. Model and scheduler stay the
/// pipeline's; each object is one trajectory from its own noise.
/// </summary>
public interface IDenoisingTrajectory : IDisposable
{
    /// <summary>Denoising steps T.</summary>
    int Steps { get; }

    /// <summary>How the batch is laid out.</summary>
    Guidance Guidance { get; }

    /// <summary>Calls the model on the current latents. Can be called any number of times at a step.</summary>
    /// <returns>The model's raw output, both guidance halves and any variance channels; owned by the caller.</returns>
    torch.Tensor Predict();

    /// <summary>Goes on to the next step from a model output: guidance and scheduler.</summary>
    /// <param name="output">What <see cref="Predict"/> returned at this step; stays the caller's.</param>
    void Advance(torch.Tensor output);

    /// <summary>The current latents; the result after the last step. A fresh handle that the caller owns.</summary>
    torch.Tensor Latents();
}
