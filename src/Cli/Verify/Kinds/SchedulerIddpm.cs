using System.Globalization;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>scheduler.iddpm</c>: the sampler of facebookresearch/DiT and of Open-Sora without a network.</summary>
internal sealed class SchedulerIddpm : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "scheduler.iddpm";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var config = Config(file);
        using var scheduler = (IddpmScheduler)config.CreateScheduler(Steps(file));
        var model = FormulaModel.Of(file.Call);
        using var x = file.Tensor("in.x");
        using var noise = file.Tensor("in.noise");
        using var outputs = file.Tensor("in.model_output");
        using var recorded = file.Tensor("out.x");

        Run((step, sample) => Predict(file, model, sample, scheduler.Timesteps[step]), (_, sample) => sample);
        Run((step, _) => outputs[step], (step, _) => recorded[step]);
        answer.Add("out.model_timesteps", scheduler.Timesteps.Select(t => (double)t));
        answer.Add("out.timestep_map", scheduler.TimestepMap.Select(t => (double)t));
        answer.Add("out.alphas_cumprod", scheduler.AlphasCumprod);
        answer.Add("out.posterior_log_variance_clipped", scheduler.PosteriorLogVarianceClipped);

        void Run(Func<int, Tensor, Tensor> predict, Func<int, Tensor, Tensor> goOnFrom)
        {
            using var scope = NewDisposeScope();
            var samples = new List<Tensor>();
            var sample = x.alias();
            for (var step = 0; step < scheduler.Timesteps.Count; step++)
            {
                var guided = Guide(file, predict(step, sample));
                samples.Add(scheduler.Step(guided, step, sample, noise[step]));
                sample = goOnFrom(step, samples[^1]);
            }

            var all = stack(samples);
            if (file.HasTensor("out.x_first_half"))
            {
                answer.Add("out.x_first_half", all.narrow(1, 0, all.shape[1] / 2).clone());
            }

            answer.Add("out.x_last", samples[^1].clone());
            answer.Add("out.x", all);
        }
    }

    private static IddpmConfig Config(CaseFile file) => IddpmConfig.Parse(file.Config.GetRawText()) with
    {
        Loop = file.Call.Text("loop") == "ddim" ? IddpmLoop.Ddim : IddpmLoop.Ancestral,
        ClipDenoised = file.Call.Flag("clip_denoised"),
        Eta = file.Call.Number("eta"),
        // Open-Sora's copy of the sampler rounds its tables.
        SinglePrecision = file.Root.Member("reference").Text("library") != "DiT",
    };

    private static int Steps(CaseFile file) => file.Config.Optional("num_sampling_steps") is null
        ? int.Parse(file.Config.Text("timestep_respacing"), CultureInfo.InvariantCulture)
        : file.Config.Int("num_sampling_steps");

    /// <summary>The formula; with guidance, the first half of the sample twice, told apart by a label of 1 and of 0.</summary>
    private static Tensor Predict(CaseFile file, FormulaModel model, Tensor sample, float timestep)
    {
        if (file.Call.Optional("guidance") is null)
        {
            return model.Predict(sample, timestep);
        }

        var first = sample.narrow(0, 0, sample.shape[0] / 2);
        var output = model.Predict(cat([first, first], 0), timestep);
        var (half, channels) = (first.shape[0], sample.shape[1]);
        output.narrow(0, 0, half).narrow(1, 0, channels).mul_(1 + (0.02f * 1));
        return output;
    }

    /// <summary>Both halves' first channels become the guided prediction; all others stay each half's own.</summary>
    private static Tensor Guide(CaseFile file, Tensor output)
    {
        if (file.Call.Optional("guidance") is not { } guidance)
        {
            return output;
        }

        var (half, channels) = (output.shape[0] / 2, guidance.Int("cfg_channel"));
        var guided = ClassifierFreeGuidance.Combine(
            output.narrow(0, 0, half).narrow(1, 0, channels), output.narrow(0, half, half).narrow(1, 0, channels), guidance.Number("cfg_scale"));
        return cat([cat([guided, guided], 0), output.narrow(1, channels, output.shape[1] - channels)], 1);
    }
}
