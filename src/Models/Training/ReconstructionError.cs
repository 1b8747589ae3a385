using DiTFastAttn.Models.Shapes;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Training;

/// <summary>
/// Measures how well a model guesses the clean picture at several noise levels, always on the same pictures with the same
/// noise, so that any two models compare. Unlike the loss it is not an average over all noise levels, which the strong noise
/// would rule.
/// </summary>
internal static class ReconstructionError
{
    private const int Batch = 10;

    // No training step has this number, so no model has learned from these pictures.
    private const long Stream = -2;

    /// <summary>The timesteps at which it is measured.</summary>
    public static IReadOnlyList<int> Timesteps { get; } = [50, 200, 400, 600, 800, 950];

    /// <summary>Measures a model.</summary>
    /// <param name="model">Predicts velocities.</param>
    /// <param name="pictures">Number of pictures, all ten classes in turn.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<TimestepError> Measure(MetaDiT model, int pictures, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(pictures, 1);
        using var mode = inference_mode();
        using var diffusion = new VelocityDiffusion();
        var sums = new double[Timesteps.Count];
        for (var first = 0; first < pictures; first += Batch)
        {
            var count = Math.Min(Batch, pictures - first);
            var random = new RandomStream(Stream, first);
            int[] labels = [.. Enumerable.Range(first, count).Select(i => i % ShapePicture.Classes.Count)];
            using var batch = ShapeBatch.Draw(labels, model.Config.InputSize, ref random);
            for (var i = 0; i < sums.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                sums[i] += count * ErrorOf(model, diffusion, batch, Timesteps[i], random.NextBits());
            }
        }

        return [.. Timesteps.Select((t, i) => new TimestepError(t, sums[i] / pictures))];
    }

    private static double ErrorOf(MetaDiT model, VelocityDiffusion diffusion, ShapeBatch batch, int timestep, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        var noise = randn(batch.Pictures.shape, generator: generator);
        var timesteps = full(batch.Pictures.shape[0], timestep, dtype: ScalarType.Int64);
        var (noisy, _) = diffusion.Diffuse(batch.Pictures, noise, timesteps);
        var velocity = model.forward(noisy, timesteps, batch.Labels);
        var clean = diffusion.Clean(noisy, velocity, timesteps);
        return nn.functional.mse_loss(clean, batch.Pictures).item<float>();
    }
}
