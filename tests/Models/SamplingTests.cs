using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.Tests;

public sealed class SamplingTests
{
    public static TheoryData<string> Recorded => Fixture.Named("dit.sample", "dit");

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Generates_what_the_reference_generates(string name)
    {
        using var fixture = new Fixture(name);
        using var model = fixture.LoadedModel();
        using var scope = NewDisposeScope();
        var noise = fixture.Has("in.noise") ? fixture.Tensor("in.noise") : null;
        using var trajectory = Sampler(fixture, model).Begin(
            fixture.Ints("class_labels"), fixture.Tensor("in.latents"), noise is null ? null : step => noise[step]);
        fixture.Tensor("in.timesteps").data<long>().ToArray().ShouldBe(trajectory.Timesteps.Select(t => (long)t));
        var steps = new List<Tensor>();
        while (trajectory.StepsTaken < trajectory.Steps)
        {
            trajectory.Advance(trajectory.Predict());
            steps.Add(trajectory.Latents());
        }

        fixture.ShouldMatch(stack(steps), "out.steps");
        if (fixture.Has("out.latents"))
        {
            fixture.ShouldMatch(steps[^1], "out.latents");
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void The_demo_model_draws_its_recorded_pictures()
    {
        using var fixture = new Fixture("demo/demo-sample");
        using var model = fixture.LoadedModel();
        using var latents = fixture.Tensor("in.latents");
        var progress = new Recorder();
        using var pictures = Sampler(fixture, model).Sample(fixture.Ints("class_labels"), latents, progress: progress);
        fixture.ShouldMatch(pictures, "out.latents");
        progress.Reports.ShouldBe(Enumerable.Range(1, 20));
    }

    [Theory]
    [InlineData("dit/search-official")]
    [InlineData("dit/search-official-condlast")]
    public void The_halves_lie_as_the_pipeline_puts_them(string name)
    {
        using var fixture = new Fixture(name);
        using var model = fixture.LoadedModel();
        using var scope = NewDisposeScope();
        var plan = fixture.Call.GetProperty("plan_class_labels").EnumerateArray().Select(l => l.GetInt32()).ToArray();
        var noise = fixture.Has("in.plan.noise") ? fixture.Tensor("in.plan.noise") : null;
        var sampler = Sampler(fixture, model);
        sampler.Guidance.ShouldBe(fixture.Call.GetProperty("cond_first").GetBoolean() ? Guidance.ConditionalFirst : Guidance.ConditionalLast);
        fixture.ShouldMatch(
            sampler.Sample(plan, fixture.Tensor("in.plan.latents"), noise is null ? null : step => noise[step]), "out.full.latents");
        using var search = sampler.Begin(
            fixture.Ints("class_labels"), fixture.Tensor("in.latents"), fixture.Has("in.noise") ? step => fixture.Tensor("in.noise")[step] : null);
        var first = search.Predict();
        var recorded = fixture.Tensor("out.model_output")[0];
        ((first - recorded).norm() / recorded.norm()).item<float>().ShouldBeLessThan(5e-5f);
    }

    [Fact]
    public void The_order_of_the_halves_does_not_change_the_result()
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        var latents = randn(2, 4, 8, 8);
        var options = new DiTSamplingOptions { Steps = 3, GuidanceScale = 2 };
        var first = new DiTSampler(model, new DdimConfig { ClipSample = false }, options).Sample([1, 2], latents);
        var last = new DiTSampler(model, new DdimConfig { ClipSample = false }, options with { ConditionalFirst = false }).Sample([1, 2], latents);
        ((first - last).norm() / first.norm()).item<float>().ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Unguided_generation_calls_the_model_with_one_half()
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        var sampler = new DiTSampler(model, new DpmSolverConfig(), new DiTSamplingOptions { Steps = 4, GuidanceScale = 1 });
        sampler.Guidance.ShouldBe(Guidance.None);
        using var trajectory = sampler.Begin([1, 2, 3], randn(3, 4, 8, 8));
        trajectory.Predict().shape.ShouldBe([3, 8, 8, 8]);
    }

    [Fact]
    public void The_callers_noise_stays_as_it_is()
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        var latents = randn(1, 4, 8, 8);
        var copy = latents.clone();
        new DiTSampler(model, new DdimConfig(), new DiTSamplingOptions { Steps = 2 }).Sample([1], latents);
        latents.equal(copy).all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void A_generation_leaves_no_tensor_behind_but_its_result()
    {
        using var model = Models.Tiny();
        using var latents = randn(1, 4, 8, 8);
        var sampler = new DiTSampler(model, new DpmSolverConfig(), new DiTSamplingOptions { Steps = 4, GuidanceScale = 2 });
        sampler.Sample([1], latents).Dispose();
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        sampler.Sample([1], latents).Dispose();
        DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    [Fact]
    public void Cancelling_stops_between_steps()
    {
        using var model = Models.Tiny();
        using var latents = randn(1, 4, 8, 8);
        using var source = new CancellationTokenSource();
        var progress = new Recorder(done =>
        {
            if (done == 2)
            {
                source.Cancel();
            }
        });
        var sampler = new DiTSampler(model, new DdimConfig(), new DiTSamplingOptions { Steps = 5 });
        Should.Throw<OperationCanceledException>(() => sampler.Sample([1], latents, progress: progress, cancellation: source.Token));
        progress.Reports.ShouldBe([1, 2]);
    }

    [Fact]
    public void Refuses_bad_input_with_one_clear_line()
    {
        using var model = Models.Tiny();
        using var scope = NewDisposeScope();
        var latents = randn(1, 4, 8, 8);
        var options = new DiTSamplingOptions { Steps = 5 };
        var sampler = new DiTSampler(model, new DdimConfig(), options);
        Refusal(() => sampler.Begin([], latents)).ShouldContain("there are no labels");
        Refusal(() => sampler.Begin([11], latents)).ShouldContain("label 11 is out of range: this model knows 0 to 10");
        Refusal(() => sampler.Begin([1, 2], latents)).ShouldContain("for 2 labels this model needs [2, 4, 8, 8]");
        Refusal(() => new DiTSampler(model, new DdimConfig(), options with { Steps = 0 })).ShouldContain("steps is 0; it has to be 1 or more");
        Refusal(() => new DiTSampler(model, new DdimConfig(), options with { Steps = 2000 })).ShouldContain("steps is 2000; it has to be 1 to 1000");
        Refusal(() => new DiTSampler(model, new DdimConfig(), options with { NullLabel = 1000 })).ShouldContain("null label is 1000");
        Refusal(() => new DiTSampler(model, new DdimConfig(), options with { GuidanceScale = double.NaN })).ShouldContain("guidance scale");
        Refusal(() => new DiTSampler(model, new DdimConfig(), options with { GuidedChannels = 5 })).ShouldContain("guided channels is 5");
        Refusal(() => new DiTSampler(model, new DdpmConfig(), options).Begin([1], latents)).ShouldContain("give a source of noise");

        using var plain = new MetaDiT(Models.TinyConfig with { LearnSigma = false });
        Refusal(() => new DiTSampler(plain, new IddpmConfig(), options)).ShouldContain("without a learned variance");
        using var noNull = new MetaDiT(Models.TinyConfig with { ClassDropoutProb = 0 });
        Refusal(() => new DiTSampler(noNull, new DdimConfig(), options)).ShouldContain("null label is 10");
    }

    private static string Refusal(Action action)
    {
        var message = Should.Throw<ArgumentException>(action).Message;
        message.ShouldNotContain("\n");
        return message;
    }

    private static DiTSampler Sampler(Fixture fixture, DiTModel model)
    {
        var call = fixture.Call;
        return new DiTSampler(model, SchedulerConfig.Parse(call.GetProperty("scheduler").GetRawText()), new DiTSamplingOptions
        {
            Steps = call.GetProperty("steps").GetInt32(),
            GuidanceScale = call.GetProperty("guidance_scale").GetDouble(),
            ConditionalFirst = call.GetProperty("cond_first").GetBoolean(),
            NullLabel = call.GetProperty("null_class").GetInt32(),
            GuidedChannels = call.TryGetProperty("cfg_guided_channels", out var channels) ? channels.GetInt32() : null,
        });
    }

    private sealed class Recorder(Action<int>? also = null) : IProgress<int>
    {
        public List<int> Reports { get; } = [];

        public void Report(int value)
        {
            Reports.Add(value);
            also?.Invoke(value);
        }
    }
}
