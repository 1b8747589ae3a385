using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Tests;

/// <summary>Runs of one attached model never see each other's state.</summary>
public sealed class IsolationTests : IDisposable
{
    private static readonly string[][] Plans =
    [
        ["full", "residual", "output", "full", "residual+half"],
        ["full", "half", "residual", "residual+half", "output"],
        ["full", "output", "full", "residual", "residual"],
    ];

    private readonly ToyModel _model = new(blocks: 2);
    private readonly AttachedModel _attached;

    public IsolationTests() => _attached = AttachedModel.Attach(_model, new TestCatalog(), new TorchKernel(), AttentionWindow.Tokens(1));

    [Fact]
    public void Interleaved_runs_end_as_the_same_ones_in_turn()
    {
        var expected = Plans.Select((_, i) => Generate(i)).ToList();

        var generations = Plans.Select((_, i) => new Generation(this, i)).ToList();
        for (var step = 0; step < Plans[0].Length; step++)
        {
            foreach (var generation in generations)
            {
                generation.Step();
            }
        }

        for (var i = 0; i < Plans.Length; i++)
        {
            generations[i].Result().ShouldBe(expected[i]);
            generations[i].Dispose();
        }
    }

    [Fact]
    public async Task Runs_on_threads_of_their_own_end_as_the_same_ones_in_turn()
    {
        const int Rounds = 8;
        var expected = Plans.Select((_, i) => Generate(i)).ToList();

        var results = await Task.WhenAll(Enumerable.Range(0, Rounds * Plans.Length).Select(
            i => Task.Factory.StartNew(() => Generate(i % Plans.Length), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        for (var i = 0; i < results.Length; i++)
        {
            results[i].ShouldBe(expected[i % Plans.Length]);
        }
    }

    [Fact]
    public void Step_on_one_thread_is_not_seen_on_another()
    {
        using var tokens = Tensors.Tokens(2, 5, seed: 21);
        using var plain = _model.forward(tokens);
        var plan = AttentionPlan.OfSteps(_attached, Guidance.ConditionalFirst, ["full", "half"]);
        using var run = _attached.BeginRun(plan, new RunRequest(2, Guidance.ConditionalFirst));
        run.Step().Dispose();
        using var step = run.Step();

        AnotherThread.Run(() =>
        {
            using var output = _model.forward(tokens);
            output.Values().ShouldBe(plain.Values());
        });
    }

    [Fact]
    public async Task Attaching_one_model_from_many_threads_succeeds_once()
    {
        using var model = new ToyModel(blocks: 4);
        var attempts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            try
            {
                return AttachedModel.Attach(model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper);
            }
            catch (InvalidOperationException)
            {
                return null;
            }
        })));

        attempts.Where(attached => attached is not null).ShouldHaveSingleItem()!.Dispose();
    }

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
    }

    private float[] Generate(int index)
    {
        using var generation = new Generation(this, index);
        foreach (var _ in Plans[index])
        {
            generation.Step();
        }

        return generation.Result();
    }

    /// <summary>A run of one of the plans that feeds each step's output to the next step.</summary>
    private sealed class Generation : IDisposable
    {
        private readonly ToyModel _model;
        private readonly AttentionRun _run;
        private Tensor _state;

        public Generation(IsolationTests tests, int index)
        {
            _model = tests._model;
            var plan = AttentionPlan.OfSteps(tests._attached, Guidance.ConditionalLast, Plans[index]);
            _run = tests._attached.BeginRun(plan, new RunRequest(Plans[index].Length, Guidance.ConditionalLast));
            _state = Tensors.Tokens(2, 5, seed: 30 + index);
        }

        public void Step()
        {
            using var before = _state;
            using (_run.Step())
            {
                _state = _model.forward(before);
            }
        }

        public float[] Result() => _state.Values();

        public void Dispose()
        {
            _run.Dispose();
            _state.Dispose();
        }
    }
}
