using DiTFastAttn.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Cli.Verify.Kinds;

/// <summary>
/// <c>scheduler.trajectory</c>: diffusers' schedulers without a network, once running freely with the case's formula and
/// once step by step from the recorded outputs and samples.
/// </summary>
internal sealed class SchedulerTrajectory : ICaseKind
{
    /// <inheritdoc/>
    public string Name => "scheduler.trajectory";

    /// <inheritdoc/>
    public void Compute(CaseFile file, CaseAnswer answer, CancellationToken cancellation)
    {
        var (step, schedule) = (file.Call.Member("step"), file.Call.Member("set_timesteps"));
        SchedulerCase.RequireKnownArguments(step, "eta");
        SchedulerCase.RequireKnownArguments(schedule, "mu");
        var config = SchedulerCase.Parse(file.Config, schedule.Optional("mu") is null ? step : schedule);
        var steps = file.Call.Int("num_inference_steps");
        var model = FormulaModel.Of(file.Call);
        using var x = file.Tensor("in.x");
        using var outputs = file.Tensor("in.model_output");
        using var recorded = file.Tensor("out.x");
        using var noise = file.HasTensor("in.noise") ? file.Tensor("in.noise") : null;

        Run(config, steps, x, noise, answer, (scheduler, index, sample) => model.Predict(sample, scheduler.Timesteps[index]), (_, sample) => sample.alias());
        Run(config, steps, x, noise, answer, (_, index, _) => outputs[index], (index, _) => recorded[index]);

        using var scheduler = config.CreateScheduler(steps);
        answer.Add("out.timesteps", scheduler.Timesteps.Select(t => (double)t));
        if (Sigmas(scheduler) is { } sigmas)
        {
            answer.Add("out.sigmas", sigmas.Select(sigma => (double)sigma));
        }

        if (AlphasCumprod(scheduler) is { } alphas && file.Call.Optional("alphas_cumprod_indices") is not null)
        {
            answer.Add("out.alphas_cumprod", file.Call.Longs("alphas_cumprod_indices").Select(index => (double)alphas[(int)index]));
        }
    }

    private static void Run(
        SchedulerConfig config,
        int steps,
        Tensor x,
        Tensor? noise,
        CaseAnswer answer,
        Func<IScheduler, int, Tensor, Tensor> predict,
        Func<int, Tensor, Tensor> goOnFrom)
    {
        using var scope = NewDisposeScope();
        using var scheduler = config.CreateScheduler(steps);
        var (samples, inputs) = (new List<Tensor>(), new List<Tensor>());
        var sample = x.alias();
        for (var step = 0; step < scheduler.Timesteps.Count; step++)
        {
            var stepNoise = scheduler.AddsNoise(step) && noise is not null ? noise[step] : null;
            inputs.Add(scheduler.ModelInput(sample, step));
            samples.Add(scheduler.Step(predict(scheduler, step, inputs[^1]), step, sample, stepNoise));
            sample = goOnFrom(step, samples[^1]);
        }

        answer.Add("out.x", stack(samples));
        answer.Add("out.model_input", stack(inputs));
        answer.Add("out.x_last", samples[^1].clone());
    }

    private static IReadOnlyList<float>? Sigmas(IScheduler scheduler) => scheduler switch
    {
        DpmSolverScheduler dpm => dpm.Sigmas,
        EulerScheduler euler => euler.Sigmas,
        FlowMatchEulerScheduler flow => flow.Sigmas,
        UniPCScheduler unipc => unipc.Sigmas,
        _ => null,
    };

    private static IReadOnlyList<float>? AlphasCumprod(IScheduler scheduler) => scheduler switch
    {
        DdimScheduler ddim => ddim.AlphasCumprod,
        DdpmScheduler ddpm => ddpm.AlphasCumprod,
        DpmSolverScheduler dpm => dpm.AlphasCumprod,
        EulerScheduler euler => euler.AlphasCumprod,
        UniPCScheduler unipc => unipc.AlphasCumprod,
        _ => null,
    };
}
