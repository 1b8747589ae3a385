using DiTFastAttn.Hosting.Composition;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests.Isolation;

/// <summary>
/// Two dozen generations at a time on one attached model, each with its own plan, window, guidance and length, on a thread of its own:
/// they end with the very bits that they end with in turn.
/// </summary>
public sealed class ManyGenerationsTests : IDisposable
{
    private const int Generations = 24;

    private readonly ServiceProvider _services = Composition.Run.Services(builder => builder.UseTiming());
    private readonly ToyModel _model = new(depth: 3);
    private readonly AttachedModel _attached;

    public ManyGenerationsTests()
    {
        using var random = new Generator(11);
        using (no_grad())
        {
            foreach (var parameter in _model.parameters())
            {
                using var values = randn(parameter.shape, generator: random);
                using var scaled = values.mul(0.2);
                parameter.copy_(scaled);
            }
        }

        _attached = _services.GetRequiredService<IFastAttention>().Attach(_model);
    }

    [Fact]
    public void Each_with_its_own_plan_ends_as_in_turn()
    {
        var plans = Enumerable.Range(0, Generations).Select(Plan).ToList();
        plans.Select(plan => string.Join('|', plan.Rows.Select(row => string.Join(' ', row)))).ShouldBeUnique();
        var expected = plans.Select(Generate).ToList();
        var timings = _services.GetRequiredService<AttentionTimings>();
        var calls = timings.Rows.Sum(row => row.Calls);
        timings.Clear();

        for (var round = 0; round < 3; round++)
        {
            var results = AllAtOnce(i => Generate(plans[i], i));
            for (var i = 0; i < Generations; i++)
            {
                results[i].ShouldBe(expected[i], $"round {round}, generation {i}");
            }
        }

        timings.Rows.Sum(row => row.Calls).ShouldBe(3 * calls);
    }

    [Fact]
    public void One_that_fails_disturbs_no_other()
    {
        var plans = Enumerable.Range(0, Generations).Select(Plan).ToList();
        var expected = plans.Select(Generate).ToList();

        var results = AllAtOnce(i =>
        {
            if (i % 3 != 0)
            {
                return Generate(plans[i], i);
            }

            // Tokens of a wrong width: the model throws in the middle of a step.
            using var run = _attached.BeginRun(plans[i], Request(plans[i]));
            using var tokens = ones(2, 4, 7);
            using var step = run.Step();
            Should.Throw<Exception>(() => _model.forward(tokens));
            return [];
        });

        for (var i = 0; i < Generations; i++)
        {
            results[i].ShouldBe(i % 3 == 0 ? [] : expected[i], $"generation {i}");
        }

        _attached.Dispose();
        using var again = _services.GetRequiredService<IFastAttention>().Attach(_model);
        again.Sites.Count.ShouldBe(3);
    }

    [Fact]
    public void Detaching_while_runs_come_and_go_is_refused_or_final()
    {
        var plan = Plan(0);
        using var detached = new ManualResetEventSlim();
        AllAtOnce(i =>
        {
            if (i == 0)
            {
                Detach();
                return [];
            }

            // At the latest when all have had their rounds no run is open.
            for (var round = 0; round < 50 && !detached.IsSet; round++)
            {
                BeginAndEnd();
            }

            detached.Wait();
            BeginAndEnd().ShouldBeFalse("the model is detached");
            return [];
        });

        using var again = _services.GetRequiredService<IFastAttention>().Attach(_model);
        again.BeginRun(plan, Request(plan)).Dispose();

        void Detach()
        {
            while (!detached.IsSet)
            {
                try
                {
                    _attached.Dispose();
                    detached.Set();
                }
                catch (InvalidOperationException error)
                {
                    error.Message.ShouldMatch(@"^\d+ run\(s\) of this model are still open: dispose them before the model is detached\.$");
                    Thread.Yield();
                }
            }
        }

        bool BeginAndEnd()
        {
            try
            {
                using var run = _attached.BeginRun(plan, Request(plan));
                run.Step().Dispose();
                return true;
            }
            catch (ObjectDisposedException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void While_a_run_is_open_the_model_can_be_neither_detached_nor_attached_again()
    {
        var plan = Plan(0);
        using (_attached.BeginRun(plan, Request(plan)))
        using (_attached.BeginTrialRun(Guidance.None))
        {
            Should.Throw<InvalidOperationException>(_attached.Dispose)
                .Message.ShouldBe("2 run(s) of this model are still open: dispose them before the model is detached.");
            Should.Throw<InvalidOperationException>(() => _services.GetRequiredService<IFastAttention>().Attach(_model))
                .Message.ShouldBe("module 'blocks.0' is attached already: dispose the first AttachedModel before attaching again.");
            Should.Throw<InvalidOperationException>(() => _services.GetRequiredService<IFastAttention>().Attach(_model.Block(1)))
                .Message.ShouldBe("module 'ToyBlock' is attached already: dispose the first AttachedModel before attaching again.");
        }

        _attached.Dispose();
    }

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
        _services.Dispose();
    }

    private AttentionPlan Plan(int generation)
    {
        var random = new Random(generation);
        var guidance = (Guidance)(generation % 3);
        string[] ids = [.. Composition.Run.EveryStrategy.Where(id => guidance != Guidance.None || !id.Contains("asc", StringComparison.Ordinal))];
        return AttentionPlan.AllFull(_attached, guidance, 5 + (generation % 3)) with
        {
            Window = AttentionWindow.Tokens(1 + (generation % 4)),
            Rows =
            [
                [.. Enumerable.Repeat("full", 3)],
                .. Enumerable.Range(0, 4 + (generation % 3)).Select(_ => (IReadOnlyList<string>)[.. Enumerable.Range(0, 3).Select(_ => ids[random.Next(ids.Length)])]),
            ],
        };
    }

    private static RunRequest Request(AttentionPlan plan) => new(plan.Steps, plan.Guidance);

    private float[] Generate(AttentionPlan plan, int generation)
    {
        using var random = new Generator((ulong)generation);
        using var run = _attached.BeginRun(plan, Request(plan));
        var tokens = randn([plan.Guidance == Guidance.None ? 3 : 4, 16 + (generation % 5), 16], generator: random);
        for (var step = 0; step < plan.Steps; step++)
        {
            using var before = tokens;
            using (run.Step())
            {
                using var output = _model.forward(before);
                tokens = before.mul(0.7).add_(output, alpha: 0.3);
            }
        }

        using (tokens)
        {
            return tokens.data<float>().ToArray();
        }
    }

    /// <summary>Runs something on as many threads as there are generations, all from the same moment on.</summary>
    private static float[][] AllAtOnce(Func<int, float[]> generate)
    {
        var results = new float[Generations][];
        var errors = new List<Exception>();
        using var start = new Barrier(Generations);
        var threads = Enumerable.Range(0, Generations).Select(i => new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                results[i] = generate(i);
            }
            catch (Exception error)
            {
                lock (errors)
                {
                    errors.Add(error);
                }
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        errors.ShouldBeEmpty();
        return results;
    }
}
