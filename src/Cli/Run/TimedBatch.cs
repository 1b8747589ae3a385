using System.Diagnostics;
using DiTFastAttn.Hosting.Composition;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Run;

/// <summary>Draws one batch and measures where its time goes.</summary>
/// <param name="attached">The transformer, attached with timing.</param>
/// <param name="timings">Where its times are gathered.</param>
/// <param name="request">What the run is.</param>
/// <param name="begin">Begins the generation of the batch, the same every time.</param>
/// <param name="decode">Latents to pictures <c>[n, 3, H, W]</c>.</param>
/// <param name="device">Where it computes.</param>
internal sealed class TimedBatch(
    AttachedModel attached, AttentionTimings timings, RunRequest request, Func<IDenoisingTrajectory> begin, Func<Tensor, Tensor> decode, Device device)
{
    /// <summary>Denoising steps T.</summary>
    public int Steps => request.Steps;

    /// <summary>Where it computes.</summary>
    public Device Device => device;

    /// <summary>Draws.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="step">Called after each step.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <returns>Pictures <c>[n, 3, H, W]</c>, which the caller owns, and the times.</returns>
    public (Tensor Pictures, RunTimes Times) Draw(AttentionPlan plan, Action step, CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        timings.Clear();
        Synchronize();
        var whole = Stopwatch.StartNew();
        var transformer = new Stopwatch();
        using var trajectory = begin();
        using var run = attached.BeginRun(plan, request);
        for (var i = 0; i < trajectory.Steps; i++)
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
        var decoded = decode(latents);
        Synchronize();
        return (decoded, new RunTimes(whole.Elapsed.TotalSeconds, transformer.Elapsed.TotalSeconds, timings.Rows.Sum(row => row.Seconds)));
    }

    private static Tensor Predict(IDenoisingTrajectory trajectory, AttentionRun run)
    {
        using var step = run.Step();
        return trajectory.Predict();
    }

    private void Synchronize()
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }
}
