using DiTFastAttn.Models.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

/// <summary>
/// The adjoint of whole trajectories: what a change of a model output does to the result goes through the latents and through everything that the
/// scheduler remembers.
/// </summary>
public sealed class AdjointTests
{
    private const int Steps = 6;
    private const int Samples = 2;

    private static readonly Dictionary<string, SchedulerConfig> Schedulers = new(StringComparer.Ordinal)
    {
        ["ddim"] = new DdimConfig { ClipSample = false },
        ["ddim, eta 1"] = new DdimConfig { ClipSample = false, Eta = 1 },
        ["ddpm"] = new DdpmConfig { ClipSample = false },
        ["iddpm"] = new IddpmConfig { LearnSigma = true },
        ["euler"] = new EulerConfig(),
        ["dpm++ 1"] = new DpmSolverConfig { SolverOrder = 1 },
        ["dpm++ 2"] = new DpmSolverConfig(),
        ["dpm++ 2, heun, not lower at the end"] = new DpmSolverConfig { SolverType = DpmSolverType.Heun, LowerOrderFinal = false, FinalSigmaZero = false },
        ["dpm++ 3"] = new DpmSolverConfig { SolverOrder = 3 },
        ["dpm 2"] = new DpmSolverConfig { Algorithm = DpmAlgorithm.NoisePrediction, FinalSigmaZero = false },
        ["dpm 3"] = new DpmSolverConfig { Algorithm = DpmAlgorithm.NoisePrediction, SolverOrder = 3, FinalSigmaZero = false },
        ["sde-dpm++ 2"] = new DpmSolverConfig { Algorithm = DpmAlgorithm.StochasticDataPrediction },
        ["sde-dpm++ 3"] = new DpmSolverConfig { Algorithm = DpmAlgorithm.StochasticDataPrediction, SolverOrder = 3 },
        ["sde-dpm 2"] = new DpmSolverConfig { Algorithm = DpmAlgorithm.StochasticNoisePrediction, FinalSigmaZero = false },
        ["unipc 1"] = new UniPCConfig { SolverOrder = 1 },
        ["unipc 2"] = new UniPCConfig(),
        ["unipc 3"] = new UniPCConfig { SolverOrder = 3 },
        ["unipc 2, corrector off at first"] = new UniPCConfig { DisableCorrector = [0, 1] },
        ["unipc 2, of noise"] = new UniPCConfig { PredictX0 = false, FinalSigmaZero = false },
    };

    public static TheoryData<string, double> Cases
    {
        get
        {
            var cases = new TheoryData<string, double>();
            foreach (var name in Schedulers.Keys)
            {
                cases.Add(name, 3);
            }

            cases.Add("dpm++ 2", 1);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_change_of_a_model_output_does_to_the_result_what_the_adjoint_says(string scheduler, double guidance)
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        var sampler = new DiTSampler(model, Schedulers[scheduler], new DiTSamplingOptions { Steps = Steps, GuidanceScale = guidance, ConditionalFirst = true });
        var stepNoise = Enumerable.Range(0, sampler.RunRequest.Steps).Select(step => Random(100 + (ulong)step, Samples, 4, 8, 8)).ToArray();
        Compare(() => sampler.Begin([1, 2], Random(7, Samples, 4, 8, 8), step => stepNoise[step].clone()));
    }

    [Theory]
    [InlineData(2, 4.5)]
    [InlineData(3, 4.5)]
    [InlineData(2, 1)]
    public void It_does_for_PixArt_as_well(int order, double guidance)
    {
        using var model = new PixArtMS(new PixArtMSConfig
        {
            InputSize = 16, HiddenSize = 24, Depth = 2, NumHeads = 2, CaptionChannels = 6, PeInterpolation = 1, ModelMaxLength = 5, MicroCondition = true,
        });
        FormulaWeights.Fill(model);
        model.eval();
        using var scope = NewDisposeScope();
        var sampler = new PixArtSampler(model, new DpmSolverConfig { SolverOrder = order }, new PixArtSamplingOptions { Steps = Steps, GuidanceScale = guidance });
        var mask = tensor(new long[] { 1, 1, 1, 0, 0, 1, 1, 1, 1, 1 }, [Samples, 5]);
        PixArtCaptions captions = new(Random(1, Samples, 5, 6), mask), negative = new(Random(2, Samples, 5, 6), mask);
        Compare(() => sampler.Begin(captions, negative, Random(7, Samples, 4, 8, 12)));
    }

    [Theory]
    [InlineData("ddim")]
    [InlineData("dpm++ 1")]
    [InlineData("euler")]
    public void A_scheduler_that_remembers_nothing_has_the_latents_for_its_state(string scheduler)
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        using var trajectory = new DiTSampler(model, Schedulers[scheduler], new DiTSamplingOptions { Steps = 3, GuidanceScale = 2, ConditionalFirst = true })
            .Begin([1, 2], Random(7, Samples, 4, 8, 8));
        trajectory.Advance(trajectory.Predict());

        trajectory.State().data<float>().ToArray().ShouldBe(trajectory.Latents().data<float>().ToArray());
    }

    [Theory]
    [InlineData("dpm++ 2", new[] { 1L, 2, 2, 2, 2, 2, 1 })]
    [InlineData("dpm++ 3", new[] { 1L, 2, 3, 3, 3, 3, 1 })]
    [InlineData("unipc 2", new[] { 1L, 3, 4, 4, 4, 4, 1 })]
    public void Of_a_scheduler_that_remembers_the_state_holds_what_the_next_step_reads(string scheduler, long[] parts)
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        using var trajectory = new DiTSampler(model, Schedulers[scheduler], new DiTSamplingOptions { Steps = Steps, GuidanceScale = 1 })
            .Begin([1, 2], Random(7, Samples, 4, 8, 8));
        var channels = new List<long>();
        for (var step = 0; step <= Steps; step++)
        {
            channels.Add(trajectory.State().shape[1]);
            if (step < Steps)
            {
                var output = trajectory.Predict();
                var peeked = trajectory.Peek(output);
                trajectory.Advance(output);
                peeked.data<float>().ToArray().ShouldBe(trajectory.State().data<float>().ToArray(), $"step {step}");
            }
        }

        channels.ShouldBe(parts.Select(part => 4 * part));
    }

    /// <summary>
    /// ⟨λ_T, x_T⟩ after an output was moved by ±ε along a direction, against ⟨λ_{k+1}, s_{k+1}⟩ of the same two outputs, for every step k. Moving both
    /// ways cancels the second order; what is left is the third, and float32's rounding over 2ε.
    /// </summary>
    private static void Compare(Func<GuidedTrajectory> begin)
    {
        const double Change = 2e-2;
        using var noGrad = no_grad();
        using var trajectory = begin();
        List<Tensor> states = [trajectory.State().clone()], outputs = [];
        while (trajectory.StepsTaken < trajectory.Steps)
        {
            outputs.Add(trajectory.Predict());
            trajectory.Advance(outputs[^1]);
            states.Add(trajectory.State().clone());
        }

        var probe = Random(3, states[^1].shape);
        Tensor[] adjoint = [probe];
        for (var step = trajectory.Steps - 1; step >= 1; step--)
        {
            var direction = Random(200 + (ulong)step, outputs[step].shape);
            var (up, down) = (Move(step, direction * Change), Move(step, direction * -Change));
            for (var sample = 0; sample < Samples; sample++)
            {
                var real = Product(probe, up.End, sample) - Product(probe, down.End, sample);
                var said = Product(adjoint[0], up.Behind, sample) - Product(adjoint[0], down.Behind, sample);
                var size = (up.End - down.End)[sample].norm().item<float>() * probe[sample].norm().item<float>();
                said.ShouldBe(real, 2e-3 * size, $"step {step}, sample {sample}");
            }

            adjoint = [.. trajectory.PullBack(step, states[step], adjoint)];
            adjoint[0].shape.ShouldBe(states[step].shape);
        }

        (Tensor Behind, Tensor End) Move(int at, Tensor change)
        {
            using var moved = begin();
            Tensor? behind = null;
            for (var step = 0; step < moved.Steps; step++)
            {
                moved.Advance(step < at ? outputs[step] : step == at ? outputs[step] + change : moved.Predict());
                behind ??= step == at ? moved.State().clone() : null;
            }

            return (behind!, moved.Latents().clone());
        }

        static double Product(Tensor a, Tensor b, int sample) => (a[sample].to(ScalarType.Float64) * b[sample].to(ScalarType.Float64)).sum().item<double>();
    }

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, generator: generator);
    }
}
