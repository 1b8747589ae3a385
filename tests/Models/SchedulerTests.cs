using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class SchedulerTests
{
    public static TheoryData<string> Trajectories => Fixture.Named("scheduler.trajectory", "schedulers");

    public static TheoryData<string> Iddpm => Fixture.Named("scheduler.iddpm", "schedulers");

    public static TheoryData<string> Configs => Fixture.Named("scheduler.config", "schedulers");

    [Theory]
    [MemberData(nameof(Trajectories))]
    public void Follows_the_recorded_trajectory(string name)
    {
        using var fixture = new Fixture(name);
        var config = SchedulerConfig.Parse(fixture.Config.GetRawText());
        if (fixture.Call.GetProperty("step").TryGetProperty("eta", out var eta))
        {
            config = (DdimConfig)config with { Eta = eta.GetDouble() };
        }

        using var scope = NewDisposeScope();
        using var replay = config.CreateScheduler(fixture.Call.GetProperty("num_inference_steps").GetInt32());
        fixture.ShouldMatch(tensor(replay.Timesteps.ToArray()).to(ScalarType.Int64), "out.timesteps");
        var alphas = replay switch
        {
            DdimScheduler ddim => ddim.AlphasCumprod,
            DdpmScheduler ddpm => ddpm.AlphasCumprod,
            _ => ((DpmSolverScheduler)replay).AlphasCumprod,
        };
        fixture.ShouldMatch(tensor(fixture.Ints("alphas_cumprod_indices").Select(i => alphas[i]).ToArray()), "out.alphas_cumprod");
        if (replay is DpmSolverScheduler solver)
        {
            fixture.ShouldMatch(tensor(solver.Sigmas.ToArray()), "out.sigmas");
        }

        if (fixture.Call.TryGetProperty("noise_used_at_steps", out _))
        {
            Enumerable.Range(0, replay.Timesteps.Count).Where(replay.AddsNoise).ShouldBe(fixture.Ints("noise_used_at_steps"));
        }

        var recorded = fixture.Tensor("in.model_output");
        fixture.ShouldMatch(Run(fixture, replay, (_, step) => recorded[step], fromRecorded: true), "out.x");

        // Free run: the closed formula in place of the recorded outputs.
        using var free = config.CreateScheduler(fixture.Call.GetProperty("num_inference_steps").GetInt32());
        var prediction = fixture.Call.GetProperty("prediction").GetString()!;
        var hasVariance = fixture.Call.GetProperty("variance_channels").GetBoolean();
        var steps = Run(fixture, free, (x, step) => FormulaModel(x, free.Timesteps[step], prediction, hasVariance), fromRecorded: false);
        fixture.ShouldMatch(steps, "out.x");
        fixture.ShouldMatch(steps[-1], "out.x_last");
    }

    [Theory]
    [MemberData(nameof(Iddpm))]
    public void Follows_the_recorded_respaced_run(string name)
    {
        using var fixture = new Fixture(name);
        var isOpenSora = fixture.Config.TryGetProperty("num_sampling_steps", out var sampling);
        var config = IddpmConfig.Parse(fixture.Config.GetRawText()) with
        {
            TimestepRespacing = isOpenSora ? sampling.GetRawText() : fixture.Config.GetProperty("timestep_respacing").GetString(),
            SinglePrecision = isOpenSora,
            Loop = fixture.Call.GetProperty("loop").GetString() == "ddim" ? IddpmLoop.Ddim : IddpmLoop.Ancestral,
            ClipDenoised = fixture.Call.GetProperty("clip_denoised").GetBoolean(),
            Eta = fixture.Call.GetProperty("eta").GetDouble(),
        };
        using var scope = NewDisposeScope();
        using var scheduler = (IddpmScheduler)config.CreateScheduler((int)fixture.Tensor("out.timestep_map").shape[0]);
        fixture.ShouldMatch(tensor(scheduler.Timesteps.ToArray()).to(ScalarType.Int64), "out.model_timesteps");
        fixture.ShouldMatch(tensor(scheduler.TimestepMap.Select(t => (long)t).ToArray()), "out.timestep_map");
        fixture.ShouldMatch(tensor(scheduler.AlphasCumprod.ToArray()), "out.alphas_cumprod");
        fixture.ShouldMatch(tensor(scheduler.PosteriorLogVarianceClipped.ToArray()), "out.posterior_log_variance_clipped");

        var recorded = fixture.Tensor("in.model_output");
        var steps = Run(fixture, scheduler, (_, step) => isOpenSora ? Guide(recorded[step], fixture) : recorded[step], fromRecorded: false);
        fixture.ShouldMatch(steps, "out.x");
        fixture.ShouldMatch(steps[-1], "out.x_last");
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void Reads_settings_as_diffusers_does(string name)
    {
        using var fixture = new Fixture(name);
        var config = DpmSolverConfig.Parse(fixture.Json.GetProperty("in").GetProperty("text").GetString()!);
        config.ShouldBe(new DpmSolverConfig());
        config.LambdaMinClipped.ShouldBe(double.NegativeInfinity);
        using var scheduler = config.CreateScheduler(10);
        scheduler.Timesteps.ShouldBe(
            fixture.Json.GetProperty("out").GetProperty("timesteps_for_10").EnumerateArray().Select(t => t.GetSingle()));
    }

    [Theory]
    [InlineData(61, 62)]
    [InlineData(103, 104)]
    [InlineData(121, 122)]
    [InlineData(60, 60)]
    public void Trailing_multistep_runs_keep_the_float_ranges_extra_timestep(int asked, int given)
    {
        using var scheduler = new DpmSolverConfig { TimestepSpacing = TimestepSpacing.Trailing }.CreateScheduler(asked);
        scheduler.Timesteps.Count.ShouldBe(given);
    }

    [Fact]
    public void A_solver_refuses_steps_out_of_order()
    {
        using var scope = NewDisposeScope();
        using var scheduler = new DpmSolverConfig().CreateScheduler(10);
        var x = randn(1, 3, 4, 4);
        scheduler.Step(x, 0, x);
        Should.Throw<InvalidOperationException>(() => scheduler.Step(x, 2, x)).Message.ShouldContain("step 2 cannot follow step 0");
    }

    [Fact]
    public void Steps_refuse_what_does_not_fit()
    {
        using var scope = NewDisposeScope();
        using var scheduler = new DdpmConfig { ClipSample = false }.CreateScheduler(10);
        var x = randn(1, 3, 4, 4);
        Should.Throw<ArgumentException>(() => scheduler.Step(x, 0, x)).Message.ShouldContain("step 0 needs noise of shape [1, 3, 4, 4], and got none");
        Should.Throw<ArgumentException>(() => scheduler.Step(x, 10, x, x)).Message.ShouldContain("step 10 is out of range");
        Should.Throw<ArgumentException>(() => scheduler.Step(randn(1, 6, 4, 4), 0, x, x)).Message.ShouldContain("[1, 6, 4, 4]");
    }

    [Theory]
    [InlineData("""{"_class_name": "PNDMScheduler"}""", "_class_name is 'PNDMScheduler'")]
    [InlineData("""{"_class_name": "DDIMScheduler", "beta_start": "low"}""", "beta_start is \"low\"; it has to be a number")]
    [InlineData("""{"_class_name": "DDIMScheduler", "beta_schedule": "cubic"}""", "one of linear, scaled_linear, squaredcos_cap_v2")]
    [InlineData("""{"_class_name": "DDIMScheduler", "beta_end": 1.5}""", "beta_end is 1.5; it has to be at least beta_start and below 1")]
    [InlineData("""{"_class_name": "DPMSolverMultistepScheduler", "solver_order": 4}""", "solver_order is 4; it has to be 1, 2 or 3")]
    [InlineData("""{"_class_name": "DPMSolverMultistepScheduler", "use_beta_sigmas": true}""", "use_beta_sigmas")]
    [InlineData("""{"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "dpmsolver"}""", "final_sigmas_type is zero")]
    [InlineData("""{"_class_name": "IDDPM", "noise_schedule": "scaled_linear"}""", "noise_schedule")]
    [InlineData("[1]", "it is no JSON object")]
    [InlineData("{", "it is not JSON")]
    public void Refuses_settings_with_one_clear_line(string json, string message)
    {
        var error = Should.Throw<Exception>(() => SchedulerConfig.Parse(json));
        (error is FormatException or ArgumentException).ShouldBeTrue(error.GetType().Name);
        error.Message.ShouldContain(message);
        error.Message.ShouldNotContain("\n");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(1001)]
    public void Refuses_impossible_numbers_of_steps(int steps)
    {
        foreach (var config in (SchedulerConfig[])[new DdimConfig(), new DdpmConfig(), new DpmSolverConfig(), new IddpmConfig()])
        {
            Should.Throw<ArgumentException>(() => config.CreateScheduler(steps)).Message.ShouldContain($"steps is {steps}; it has to be 1 to 1000");
        }
    }

    [Theory]
    [InlineData("10", new[] { 0, 111, 222, 333, 444, 555, 666, 777, 888, 999 })]
    [InlineData("ddim4", new[] { 0, 250, 500, 750 })]
    [InlineData("2,3", new[] { 0, 499, 500, 750, 999 })]
    public void Respacing_keeps_these_timesteps(string respacing, int[] kept)
    {
        using var scheduler = (IddpmScheduler)new IddpmConfig { TimestepRespacing = respacing }.CreateScheduler(kept.Length);
        scheduler.TimestepMap.ShouldBe(kept);
    }

    [Theory]
    [InlineData("ddim7x")]
    [InlineData("ten")]
    [InlineData("2000")]
    [InlineData("ddim999")]
    [InlineData("0")]
    public void Respacing_refuses_what_is_no_spacing(string respacing)
        => Should.Throw<ArgumentException>(() => new IddpmConfig { TimestepRespacing = respacing }.CreateScheduler(10))
            .Message.ShouldContain($"timestep_respacing is {respacing}");

    [Fact]
    public void Zero_terminal_signal_ends_at_pure_noise_and_keeps_the_beginning()
    {
        using var plain = (DdimScheduler)new DdimConfig().CreateScheduler(10);
        using var rescaled = (DdimScheduler)new DdimConfig { RescaleBetasZeroSnr = true, PredictionType = PredictionType.VPrediction }.CreateScheduler(10);
        rescaled.AlphasCumprod[999].ShouldBe(0);
        rescaled.AlphasCumprod[0].ShouldBe(plain.AlphasCumprod[0], 1e-6f);
        rescaled.AlphasCumprod[500].ShouldBeLessThan(plain.AlphasCumprod[500]);
    }

    private static Tensor Run(Fixture fixture, IScheduler scheduler, Func<Tensor, int, Tensor> model, bool fromRecorded)
    {
        var noise = fixture.Has("in.noise") ? fixture.Tensor("in.noise") : null;
        var recorded = fixture.Tensor("out.x");
        var x = fixture.Tensor("in.x");
        var steps = new List<Tensor>();
        for (var step = 0; step < scheduler.Timesteps.Count; step++)
        {
            x = scheduler.Step(model(x, step), step, x, noise?[step]);
            steps.Add(x);
            x = fromRecorded ? recorded[step] : x;
        }

        return stack(steps);
    }

    /// <summary>The closed formula that stands for a network in the recorded runs (their field <c>call.model</c>).</summary>
    private static Tensor FormulaModel(Tensor x, float timestep, string prediction, bool hasVariance)
    {
        var u = timestep / 1000;
        var a = (1 - u) * (1 - u);
        var s = MathF.Sqrt(1 - (a * a)) + 0.05f;
        var f = (x / (1 + (0.3f * s * s * x * x))) + (0.1f * s);
        var e = (x - (a * f)) / s;
        var output = prediction switch
        {
            "epsilon" => e,
            "sample" => f,
            "v_prediction" => (a * e) - (s * f),
            _ => e - f,
        };
        return hasVariance ? cat([output, ((x * x) - 1) / ((x * x) + 1) * (1 - (0.5f * u))], 1) : output;
    }

    /// <summary>OpenSora's guidance: the first channels of both halves, from raw outputs of the first half fed twice.</summary>
    private static Tensor Guide(Tensor output, Fixture fixture)
    {
        var guidance = fixture.Call.GetProperty("guidance");
        var channels = guidance.GetProperty("cfg_channel").GetInt64();
        var n = output.shape[0] / 2;
        var guided = ClassifierFreeGuidance.Combine(
            output.narrow(0, 0, n).narrow(1, 0, channels), output.narrow(0, n, n).narrow(1, 0, channels), guidance.GetProperty("cfg_scale").GetDouble());
        return cat([cat([guided, guided], 0), output.narrow(1, channels, output.shape[1] - channels)], 1);
    }
}
