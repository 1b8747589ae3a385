using DiTFastAttn.Models;
using DiTFastAttn.Models.OpenSora;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>opensora.iddpm.loop</c>: the sampling loop with guidance and given frames around a formula in place of a model.</summary>
internal sealed class OpenSoraLoop : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "opensora.iddpm.loop";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (z, noise, conditional, unconditional) = (file.Tensor("in.z"), file.Tensor("in.noise"), file.Tensor("in.y"), file.Tensor("in.y_null"));
        var labels = cat([conditional, unconditional], 0).view(-1, 1, 1, 1, 1);
        var steps = file.Call.Int("num_sampling_steps");
        var scheduler = (IddpmScheduler)new IddpmConfig { SinglePrecision = true }.CreateScheduler(steps);
        var guided = file.Call.Optional("cfg_channel") is null ? (int)z.shape[1] : file.Call.Int("cfg_channel");
        using var denoising = new VideoDenoising(
            scheduler, new GuidedBatch(Guidance.ConditionalFirst, file.Call.Number("cfg_scale"), guided), z, step => noise[step], OpenSoraCase.Frames(file));
        var recorded = file.Call.Longs("recorded_steps");
        var (samples, masks) = (new List<Tensor>(), new List<Tensor>());
        for (var step = 0; step < steps; step++)
        {
            var mask = denoising.FrameMask();
            if (mask is not null)
            {
                masks.Add(mask);
            }

            var input = denoising.Input();
            denoising.Advance(Predict(input, scheduler.Timesteps[step], labels, mask is null ? null : cat([mask, mask], 0)));
            if (recorded.Contains(step))
            {
                samples.Add(denoising.Latents.clone());
            }
        }

        answer.Add("out.x", denoising.Latents.clone());
        answer.Add("out.xs", stack(samples));
        answer.Add("out.timesteps", scheduler.Timesteps.Select(t => (double)t));
        if (masks.Count > 0)
        {
            answer.Add("out.x_mask", stack(masks));
        }
    }

    /// <summary>eps_c = 0.9·x·(t + 100)/1100 + 0.05·c·y; var = 0.5·sin(3x) + 0.1·y; masked frames are at t = 0.</summary>
    private static Tensor Predict(Tensor x, float timestep, Tensor labels, Tensor? frameMask)
    {
        var time = frameMask is null
            ? full([1], timestep)
            : (frameMask.to(ScalarType.Float32) * timestep).unsqueeze(1).unsqueeze(-1).unsqueeze(-1); // [2n, T] -> [2n, 1, T, 1, 1]
        var channels = arange(1, x.shape[1] + 1, dtype: ScalarType.Float32).view(1, -1, 1, 1, 1);
        var noise = (x * 0.9 * (time + 100) / 1100) + (channels * labels * 0.05);
        return cat([noise, ((x * 3).sin() * 0.5) + (labels * 0.1)], 1);
    }
}
