using DiTFastAttn.Models;
using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>What the kinds about OpenSora's sampler share. Tensors that are read belong to the open dispose scope.</summary>
internal static class OpenSoraCase
{
    /// <summary>The frames that a case gives, or none.</summary>
    public static FrameConditioning? Frames(CaseFile file)
    {
        if (!file.HasTensor("in.frame_mask"))
        {
            return null;
        }

        var noise = file.Tensor("in.mask_noise");
        return new FrameConditioning(file.Tensor("in.frame_mask"), step => noise[step]);
    }

    /// <summary>The sampler that a case's <c>call</c> describes.</summary>
    public static OpenSoraSampler MakeSampler(CaseFile file, STDiTModel model)
    {
        var respacing = file.Call.Optional("timestep_respacing")?.GetString();
        return new OpenSoraSampler(model, new OpenSoraSamplingOptions
        {
            Steps = respacing is null ? file.Call.Int("num_sampling_steps") : Respacing.Parse(respacing, new IddpmConfig().DiffusionSteps, "iddpm").Length,
            TimestepRespacing = respacing,
            GuidanceScale = file.Call.Number("cfg_scale"),
            GuidedChannels = file.Call.Optional("cfg_channel") is null ? null : file.Call.Int("cfg_channel"),
        });
    }

    /// <summary>Begins the case's generation.</summary>
    public static OpenSoraTrajectory Begin(CaseFile file, OpenSoraSampler sampler)
    {
        var noise = file.Tensor("in.noise");
        var text = new VideoText(file.Tensor("in.y"), STDiTCase.Optional(file, "in.mask"));
        return sampler.Begin(text, STDiTCase.Sizes(file), file.Tensor("in.z"), step => noise[step], Frames(file));
    }

    /// <summary>Runs a generation to its end and answers with what the case records of it.</summary>
    /// <param name="file">The case.</param>
    /// <param name="answer">Receives the results.</param>
    /// <param name="trajectory">At its first step.</param>
    /// <param name="run">A run of the attached model, or none.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    public static void Sample(CaseFile file, CaseAnswer answer, OpenSoraTrajectory trajectory, AttentionRun? run, CancellationToken cancellation)
    {
        var recorded = file.Call.Longs("recorded_model_steps");
        var (outputs, samples) = (new List<Tensor>(), new List<Tensor>());
        for (var step = 0; step < trajectory.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var output = Predict(trajectory, run);
            trajectory.Advance(output);
            samples.Add(trajectory.Latents().clone());
            if (recorded.Contains(step))
            {
                outputs.Add(output);
            }
        }

        answer.Add("out.x", trajectory.Latents());
        answer.Add("out.xs", stack(samples));
        answer.Add("out.model", stack(outputs));
        answer.Add("out.timesteps", trajectory.Timesteps.Select(t => (double)t));
    }

    private static Tensor Predict(OpenSoraTrajectory trajectory, AttentionRun? run)
    {
        if (run is null)
        {
            return trajectory.Predict();
        }

        using (run.Step())
        {
            return trajectory.Predict();
        }
    }
}
