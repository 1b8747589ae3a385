using System.Globalization;
using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary><c>dit.sample</c>: a whole sampling loop, the latents after each step.</summary>
internal sealed class DiTSample : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "dit.sample";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        using var model = DiTCase.MakeModel(file);
        var sampler = MakeSampler(file, model);
        using var latents = file.Tensor("in.latents");
        using var noise = file.HasTensor("in.noise") ? file.Tensor("in.noise") : null;
        using var trajectory = sampler.Begin(
            [.. file.Call.Longs("class_labels").Select(label => (int)label)], latents, SchedulerCase.PerStep(noise));
        CheckTimesteps(file, trajectory);

        using var scope = NewDisposeScope();
        var steps = new List<Tensor>();
        for (var step = 0; step < trajectory.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var output = trajectory.Predict();
            trajectory.Advance(output);
            steps.Add(trajectory.Latents());
            var middle = string.Create(CultureInfo.InvariantCulture, $"mid.step{step}");
            if (file.HasTensor(middle))
            {
                answer.Add(middle, trajectory.Latents());
            }
        }

        answer.Add("out.steps", stack(steps));
        answer.Add("out.latents", trajectory.Latents());
    }

    /// <summary>The sampler that a case's <c>call</c> describes.</summary>
    /// <param name="file">The case.</param>
    /// <param name="model">Its model.</param>
    public static DiTSampler MakeSampler(CaseFile file, DiTModel model) => new(
        model,
        SchedulerCase.Parse(file.Call.Member("scheduler"), file.Call),
        new DiTSamplingOptions
        {
            Steps = file.Call.Int("steps"),
            GuidanceScale = file.Call.Number("guidance_scale"),
            ConditionalFirst = file.Call.Flag("cond_first"),
            NullLabel = file.Call.Int("null_class"),
            GuidedChannels = file.Call.Optional("cfg_guided_channels") is null ? null : file.Call.Int("cfg_guided_channels"),
        });

    /// <summary>The model has to be given the recorded timesteps, in order.</summary>
    /// <exception cref="FormatException">It is given others.</exception>
    public static void CheckTimesteps(CaseFile file, DiTTrajectory trajectory)
    {
        using var recorded = file.Tensor("in.timesteps");
        using var wide = recorded.to(ScalarType.Float64);
        var expected = wide.data<double>().ToArray();
        if (!trajectory.Timesteps.Select(t => (double)t).SequenceEqual(expected))
        {
            throw new FormatException($"the model is given the timesteps {string.Join(", ", trajectory.Timesteps)}; {string.Join(", ", expected)} are recorded");
        }
    }
}
