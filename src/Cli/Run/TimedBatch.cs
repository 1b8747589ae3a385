using System.Diagnostics;
using DiTFastAttn.Hosting.Composition;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Run;

/// <summary>Draws one batch and measures where its time goes.</summary>
/// <param name="pipeline">The model.</param>
/// <param name="attached">Its transformer, attached with timing.</param>
/// <param name="timings">Where the attached model's times are gathered.</param>
/// <param name="settings">How the pictures are made.</param>
internal sealed class TimedBatch(PicturePipeline pipeline, AttachedModel attached, AttentionTimings timings, PictureSettings settings)
{
    /// <summary>Draws.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="plan">Their plan.</param>
    /// <param name="step">Called after each step.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <returns>Pictures <c>[n, 3, H, W]</c>, which the caller owns, and the times.</returns>
    public (Tensor Pictures, RunTimes Times) Draw(IReadOnlyList<PictureRequest> pictures, AttentionPlan plan, Action step, CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        timings.Clear();
        Synchronize();
        var whole = Stopwatch.StartNew();
        var transformer = new Stopwatch();
        using var trajectory = pipeline.Begin(pictures, settings);
        using var run = attached.BeginRun(plan, pipeline.RunRequest(settings));
        while (trajectory.StepsTaken < trajectory.Steps)
        {
            cancellation.ThrowIfCancellationRequested();
            transformer.Start();
            using var output = Predict(trajectory, run);
            Synchronize();
            transformer.Stop();
            trajectory.Advance(output);
            step();
        }

        using var latents = trajectory.Latents();
        var decoded = pipeline.Decode(latents, settings);
        Synchronize();
        return (decoded, new RunTimes(whole.Elapsed.TotalSeconds, transformer.Elapsed.TotalSeconds, timings.Rows.Sum(row => row.Seconds)));
    }

    private static Tensor Predict(GuidedTrajectory trajectory, AttentionRun run)
    {
        using var step = run.Step();
        return trajectory.Predict();
    }

    private void Synchronize()
    {
        if (pipeline.Device.type == DeviceType.CUDA)
        {
            cuda.synchronize(pipeline.Device);
        }
    }
}
