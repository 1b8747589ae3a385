using DiTFastAttn.Models;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>pixart.sample</c>: PixArt's whole denoising loop from given latents and text states.</summary>
internal sealed class PixArtSample : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "pixart.sample";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = PixArtCase.MakeModel(file, file.Config.Member("transformer"));
        using var scope = NewDisposeScope();
        var sampler = new PixArtSampler(
            model,
            SchedulerCase.Parse(file.Config.Member("scheduler"), file.Call),
            new PixArtSamplingOptions { Steps = file.Call.Int("num_inference_steps"), GuidanceScale = file.Call.Number("guidance_scale") });
        var times = file.Call.Int("num_images_per_prompt");
        using var trajectory = sampler.Begin(
            Captions(file, "in.prompt")!.Repeat(times), Captions(file, "in.negative_prompt")?.Repeat(times), file.Tensor("in.latents"));
        var (predictions, latents) = (new List<Tensor>(), new List<Tensor>());
        while (trajectory.StepsTaken < trajectory.Steps)
        {
            cancellation.ThrowIfCancellationRequested();
            var output = trajectory.Predict();
            if (trajectory.StepsTaken == 0)
            {
                answer.Add("out.first_model_output", output.alias());
            }

            predictions.Add(trajectory.Guide(output));
            trajectory.Advance(output);
            latents.Add(trajectory.Latents());
        }

        answer.Add("out.timesteps", trajectory.Timesteps.Select(t => (double)t));
        answer.Add("out.noise_pred", stack(predictions));
        answer.Add("out.step_latents", stack(latents));
        answer.Add("out.latents", trajectory.Latents());
        if (trajectory.Scheduler is DpmSolverScheduler solver)
        {
            answer.Add("out.sigmas", solver.Sigmas.Select(sigma => (double)sigma));
        }
    }

    private static PixArtCaptions? Captions(CaseFile file, string prompt)
    {
        var (states, mask) = (prompt + "_embeds", prompt + "_attention_mask");
        return file.HasTensor(states) ? new PixArtCaptions(file.Tensor(states), file.HasTensor(mask) ? file.Tensor(mask) : null) : null;
    }
}
