using TorchSharp;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>A trajectory that keeps the model outputs with which it went on.</summary>
internal sealed class RecordedTrajectory(IDenoisingTrajectory inner) : IDenoisingTrajectory
{
    private readonly List<torch.Tensor> _outputs = [];

    /// <summary>The model's raw output of each step taken; they belong to this object.</summary>
    public IReadOnlyList<torch.Tensor> Outputs => _outputs;

    /// <inheritdoc/>
    public int Steps => inner.Steps;

    /// <inheritdoc/>
    public Guidance Guidance => inner.Guidance;

    /// <inheritdoc/>
    public torch.Tensor Predict() => inner.Predict();

    /// <inheritdoc/>
    public void Advance(torch.Tensor output)
    {
        _outputs.Add(output.clone().DetachFromDisposeScope());
        inner.Advance(output);
    }

    /// <inheritdoc/>
    public torch.Tensor Latents() => inner.Latents();

    /// <inheritdoc/>
    public void Dispose()
    {
        inner.Dispose();
        foreach (var output in _outputs)
        {
            output.Dispose();
        }
    }
}
