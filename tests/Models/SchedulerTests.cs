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

        if (fixture.Call.GetProperty("set_timesteps").TryGetProperty("mu", out var mu))
        {
            config = (FlowMatchEulerConfig)config with { Mu = mu.GetDouble() };
        }

        using var scope = NewDisposeScope();
        using var replay = config.CreateScheduler(fixture.Call.GetProperty("num_inference_steps").GetInt32());
        var timesteps = tensor(replay.Timesteps.ToArray());
        fixture.ShouldMatch(replay is EulerScheduler or FlowMatchEulerScheduler ? timesteps : timesteps.to(ScalarType.Int64), "out.timesteps");
        replay.InitialNoise.ShouldBe(fixture.Call.GetProperty("init_noise_sigma").GetDouble(), 1e-4);
        var (alphas, sigmas) = replay switch
        {
            DdimScheduler ddim => (ddim.AlphasCumprod, null),
            DdpmScheduler ddpm => (ddpm.AlphasCumprod, null),
            EulerScheduler euler => (euler.AlphasCumprod, euler.Sigmas),
            UniPCScheduler unipc => (unipc.AlphasCumprod, unipc.Sigmas),
            FlowMatchEulerScheduler flow => (null, flow.Sigmas),
            _ => (((DpmSolverScheduler)replay).AlphasCumprod, (IReadOnlyList<float>?)((DpmSolverScheduler)replay).Sigmas),
        };
        if (alphas is not null)
        {
            fixture.ShouldMatch(tensor(fixture.Ints("alphas_cumprod_indices").Select(i => alphas[i]).ToArray()), "out.alphas_cumprod");
        }

        if (sigmas is not null)
        {
            fixture.ShouldMatch(tensor(sigmas.ToArray()), "out.sigmas");
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
    [InlineData("""{"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "sde-dpmsolver", "final_sigmas_type": "sigma_min", "solver_order": 3}""", "solver_order is 3")]
    [InlineData("""{"_class_name": "EulerDiscreteScheduler", "use_exponential_sigmas": true}""", "use_exponential_sigmas is True")]
    [InlineData("""{"_class_name": "EulerDiscreteScheduler", "interpolation_type": "cubic"}""", "one of linear, log_linear")]
    [InlineData("""{"_class_name": "EulerDiscreteScheduler", "sigma_min": 3, "sigma_max": 2}""", "sigma_max is 2")]
    [InlineData("""{"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 0}""", "shift is 0; it has to be above 0")]
    [InlineData("""{"_class_name": "FlowMatchEulerDiscreteScheduler", "time_shift_type": "cosine"}""", "one of exponential, linear")]
    [InlineData("""{"_class_name": "FlowMatchEulerDiscreteScheduler", "shift_terminal": 1}""", "shift_terminal is 1")]
    [InlineData("""{"_class_name": "UniPCMultistepScheduler", "solver_order": 0}""", "solver_order is 0; it has to be 1 or more")]
    [InlineData("""{"_class_name": "UniPCMultistepScheduler", "solver_type": "bh1"}""", "final_sigmas_type is zero; it has to be sigma_min with solver_type bh1")]
    [InlineData("""{"_class_name": "UniPCMultistepScheduler", "predict_x0": false}""", "final_sigmas_type is zero")]
    [InlineData("""{"_class_name": "UniPCMultistepScheduler", "solver_p": {}}""", "solver_p")]
    [InlineData("""{"_class_name": "UniPCMultistepScheduler", "use_beta_sigmas": true}""", "use_beta_sigmas")]
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
        foreach (var config in (SchedulerConfig[])
        [
            new DdimConfig(), new DdpmConfig(), new DpmSolverConfig(), new EulerConfig(), new FlowMatchEulerConfig(), new UniPCConfig(), new IddpmConfig(),
        ])
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

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void One_step_and_as_many_as_the_training_had_end_in_numbers(int steps)
    {
        var trailing = TimestepSpacing.Trailing;
        foreach (var config in (SchedulerConfig[])
        [
            new DdimConfig(), new DdpmConfig(), new DpmSolverConfig { TimestepSpacing = trailing }, new DpmSolverConfig { SolverOrder = 1 },
            new DpmSolverConfig { TimestepSpacing = trailing, UseKarrasSigmas = true, FinalSigmaZero = false }, new EulerConfig(),
            new EulerConfig { LogLinearSigmas = true }, new FlowMatchEulerConfig(), new UniPCConfig { TimestepSpacing = trailing },
            new UniPCConfig { TimestepSpacing = trailing, SolverOrder = 3, FinalSigmaZero = false }, new IddpmConfig(),
        ])
        {
            using var scope = NewDisposeScope();
            using var scheduler = config.CreateScheduler(steps);
            scheduler.Timesteps.Count.ShouldBe(steps);
            var x = full([1, 1, 2, 2], 0.5f * (float)scheduler.InitialNoise);
            for (var step = 0; step < steps; step++)
            {
                var output = scheduler.ModelInput(x, step) * 0.1f;
                x = scheduler.Step(scheduler.TakesVariance ? cat([output, output], 1) : output, step, x, scheduler.AddsNoise(step) ? full_like(x, 0.1f) : null);
            }

            x.isfinite().all().ToBoolean().ShouldBeTrue(config.ToString());
        }
    }

    [Fact]
    public void Steps_that_would_divide_by_nothing_are_refused_before_the_first()
    {
        // 1001 rounded points over 0 to 999 hold one of them twice.
        foreach (var config in (SchedulerConfig[])[new DpmSolverConfig(), new UniPCConfig()])
        {
            Should.Throw<ArgumentException>(() => config.CreateScheduler(1000)).Message.ShouldContain("steps is 1000; it has to be less");
        }
    }

    [Fact]
    public void A_dynamic_shift_needs_its_mu()
    {
        Should.Throw<ArgumentException>(() => new FlowMatchEulerConfig { UseDynamicShifting = true }.CreateScheduler(4)).Message.ShouldContain("mu is missing");
        using var shifted = new FlowMatchEulerConfig { UseDynamicShifting = true, Mu = Math.Log(3) }.CreateScheduler(4);
        using var linear = new FlowMatchEulerConfig { UseDynamicShifting = true, Mu = 3, LinearTimeShift = true }.CreateScheduler(4);
        shifted.Timesteps.ShouldBe(linear.Timesteps);
    }

    [Fact]
    public void Other_ends_of_a_flow_are_the_references()
    {
        using var stretched = (FlowMatchEulerScheduler)new FlowMatchEulerConfig { ShiftTerminal = 0.1 }.CreateScheduler(5);
        stretched.Sigmas[^2].ShouldBe(0.1f, 1e-6f);
        stretched.Sigmas[^1].ShouldBe(0);
        using var inverted = (FlowMatchEulerScheduler)new FlowMatchEulerConfig { InvertSigmas = true }.CreateScheduler(5);
        inverted.Timesteps[0].ShouldBe(0);
        inverted.Sigmas[^1].ShouldBe(1);
    }

    [Fact]
    public void An_exact_solution_is_found_whatever_the_order()
    {
        // Where the model always sees the same x₀, every solver of the noise-free equation ends in it.
        var spacing = TimestepSpacing.Trailing;
        foreach (var config in (SchedulerConfig[])
        [
            new UniPCConfig { TimestepSpacing = spacing, PredictionType = PredictionType.Sample, SolverOrder = 4 },
            new UniPCConfig { PredictionType = PredictionType.Sample, DisableCorrector = [0, 1], Thresholding = true },
            new UniPCConfig { PredictionType = PredictionType.Sample, UseFlowSigmas = true, FlowShift = 3 },
            new UniPCConfig { PredictionType = PredictionType.Sample, UseKarrasSigmas = true },
            new DpmSolverConfig { PredictionType = PredictionType.Sample, SolverOrder = 3 },
            new EulerConfig { PredictionType = PredictionType.Sample },
        ])
        {
            using var scope = NewDisposeScope();
            using var scheduler = config.CreateScheduler(12);
            var clean = tensor(new float[] { -0.5f, 0.25f, 0.75f, 1 }).view(1, 1, 2, 2);
            var x = full_like(clean, 0.3f * (float)scheduler.InitialNoise);
            for (var step = 0; step < scheduler.Timesteps.Count; step++)
            {
                x = scheduler.Step(clean, step, x);
            }

            x.sub(clean).abs().max().ToSingle().ShouldBeLessThan(1e-5f, config.ToString());
        }
    }

    [Fact]
    public void A_model_of_noise_and_one_of_samples_make_the_same_predictor_steps()
    {
        // x₀ and ε of the same model: UniPC's two forms are the same first-order step.
        using var scope = NewDisposeScope();
        using var noise = new UniPCConfig { PredictX0 = false, FinalSigmaZero = false, SolverOrder = 1, DisableCorrector = [.. Enumerable.Range(0, 10)] }.CreateScheduler(10);
        using var sample = new UniPCConfig { FinalSigmaZero = false, SolverOrder = 1, DisableCorrector = [.. Enumerable.Range(0, 10)] }.CreateScheduler(10);
        var x = randn([1, 2, 3, 3], generator: new Generator(1));
        var output = randn([1, 2, 3, 3], generator: new Generator(2));
        noise.Step(output, 0, x).sub(sample.Step(output, 0, x)).abs().max().ToSingle().ShouldBeLessThan(1e-4f);
    }

    [Fact]
    public void Files_of_other_schedulers_are_read_with_the_nearest_choices()
    {
        var dpm = DpmSolverConfig.Parse("""{"_class_name": "UniPCMultistepScheduler", "solver_type": "bh2", "variance_type": "fixed_small"}""");
        dpm.SolverType.ShouldBe(DpmSolverType.Midpoint);
        dpm.VarianceType.ShouldBe(VarianceType.FixedSmall);
        using var scheduler = dpm.CreateScheduler(4);
        scheduler.TakesVariance.ShouldBeFalse();
        UniPCConfig.Parse("""{"_class_name": "DPMSolverMultistepScheduler", "solver_type": "midpoint"}""").ExponentialB.ShouldBeTrue();
    }

    private static Tensor Run(Fixture fixture, IScheduler scheduler, Func<Tensor, int, Tensor> model, bool fromRecorded)
    {
        var noise = fixture.Has("in.noise") ? fixture.Tensor("in.noise") : null;
        var recorded = fixture.Tensor("out.x");
        var x = fixture.Tensor("in.x");
        var (steps, inputs) = (new List<Tensor>(), new List<Tensor>());
        for (var step = 0; step < scheduler.Timesteps.Count; step++)
        {
            var input = scheduler.ModelInput(x, step);
            if (fromRecorded && fixture.Has("out.model_input"))
            {
                inputs.Add(input);
            }

            x = scheduler.Step(model(input, step), step, x, noise?[step]);
            steps.Add(x);
            x = fromRecorded ? recorded[step] : x;
        }

        if (inputs.Count > 0)
        {
            fixture.ShouldMatch(stack(inputs), "out.model_input");
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
