using DiTFastAttn.Hosting.Composition;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests.Isolation;

/// <summary>Handles are counted for the whole process: no other test runs meanwhile.</summary>
[CollectionDefinition(nameof(CountsHandles), DisableParallelization = true)]
public sealed class CountsHandles;

/// <summary>Whatever is disposed in whatever order, no tensor stays alive.</summary>
[Collection(nameof(CountsHandles))]
public sealed class DisposalTests
{
    private static readonly string[] Steps = ["full", "wars", "wars+asc", "ast"];

    public static TheoryData<string> Orders => [.. Permutations("step run model attached recording").Select(order => string.Join(' ', order))];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Every_order_of_disposing_leaves_nothing(string order)
    {
        var before = Settled();

        UseAndDispose(order.Split(' '));

        // Without a collection: what only a finalizer frees is a leak.
        Tensor.TotalCount.ShouldBe(before);
    }

    [Fact]
    public void A_generation_that_stops_anywhere_leaves_nothing()
    {
        var before = Settled();
        for (var stopAt = 0; stopAt <= Steps.Length; stopAt++)
        {
            using var services = Composition.Run.Services(_ => { });
            using var model = new ToyModel();
            using var attached = services.GetRequiredService<IFastAttention>().Attach(model);
            using var run = Begin(attached);
            for (var step = 0; step < stopAt; step++)
            {
                Step(run, model).Dispose();
            }
        }

        // Without a collection: what only a finalizer frees is a leak.
        Tensor.TotalCount.ShouldBe(before);
    }

    [Fact]
    public void A_strategy_that_throws_leaves_nothing()
    {
        var before = Settled();
        using (var services = Composition.Run.Services(builder => builder.UseNaNCheck().Use((id, inner, _) => id == "wars" ? new Throwing(inner) : inner)))
        {
            using var model = new ToyModel();
            using var attached = services.GetRequiredService<IFastAttention>().Attach(model);
            using var run = Begin(attached);
            Step(run, model).Dispose();
            using var tokens = randn(2, 12, 16);
            using var step = run.Step();
            Should.Throw<NotSupportedException>(() => model.forward(tokens));
        }

        // Without a collection: what only a finalizer frees is a leak.
        Tensor.TotalCount.ShouldBe(before);
    }

    [Fact]
    public void Plans_that_are_refused_and_searches_that_are_ended_leave_nothing()
    {
        var before = Settled();
        using (var services = Composition.Run.Services(_ => { }))
        {
            using var model = new ToyModel();
            using var attached = services.GetRequiredService<IFastAttention>().Attach(model);
            Should.Throw<PlanMismatchException>(() => attached.BeginRun(
                AttentionPlan.OfSteps(attached, Guidance.None, ["full", "asc"]), new RunRequest(2, Guidance.None)));
            using var start = randn(1, 12, 16);
            using var trajectory = new ToyTrajectory(model, start, 4, Guidance.None);
            using var cancelled = new CancellationTokenSource();
            Should.Throw<OperationCanceledException>(() => Search.GreedyPlanSearch.Search(
                attached,
                trajectory,
                new Search.GreedySearchOptions { Threshold = 1e-300, Candidates = ["wars", "ast"] },
                new CancelAt(0.5, cancelled),
                cancelled.Token));
            attached.Dispose();
        }

        // Without a collection: what only a finalizer frees is a leak.
        Tensor.TotalCount.ShouldBe(before);
    }

    private static void UseAndDispose(string[] order)
    {
        var recording = new AttentionRecording();
        var services = Composition.Run.Services(builder => builder.UseRecording(recording));
        var model = new ToyModel();
        var attached = services.GetRequiredService<IFastAttention>().Attach(model);
        var run = Begin(attached);
        Step(run, model).Dispose();
        Step(run, model).Dispose();
        var step = Step(run, model); // three of four: residuals are gone, outputs are kept, the step is open
        run.StateBytes.ShouldBeGreaterThan(0);
        recording.Calls.Count.ShouldBe(6);
        foreach (var what in order)
        {
            switch (what)
            {
                case "step": step.Dispose(); break;
                case "run": run.Dispose(); break;
                case "model": model.Dispose(); break;
                case "recording": recording.Dispose(); break;
                case "attached" when Array.IndexOf(order, "run") > Array.IndexOf(order, "attached"):
                    Should.Throw<InvalidOperationException>(attached.Dispose).Message.ShouldStartWith("1 run(s) of this model are still open");
                    break;
                default: attached.Dispose(); break;
            }
        }

        attached.Dispose();
        services.Dispose();
        run.StateBytes.ShouldBe(0);
    }

    private static AttentionRun Begin(AttachedModel attached)
        => attached.BeginRun(AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, Steps), new RunRequest(Steps.Length, Guidance.ConditionalFirst));

    private static StepScope Step(AttentionRun run, ToyModel model)
    {
        using var tokens = randn(2, 12, 16);
        var step = run.Step();
        model.forward(tokens).Dispose();
        return step;
    }

    private static long Settled()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return Tensor.TotalCount;
    }

    private static IEnumerable<string[]> Permutations(string words)
    {
        return Of(words.Split(' '));

        static IEnumerable<string[]> Of(string[] items)
            => items.Length == 0 ? [[]] : items.SelectMany(first => Of([.. items.Where(item => item != first)]).Select(rest => (string[])[first, .. rest]));
    }

    private sealed class Throwing(IAttentionProcessor inner) : DelegatingAttentionProcessor(inner)
    {
        public override Tensor Attend(in AttentionCall call)
        {
            using var output = base.Attend(call);
            throw new NotSupportedException("in the middle");
        }
    }

    private sealed class CancelAt(double share, CancellationTokenSource source) : IProgress<double>
    {
        public void Report(double value)
        {
            if (value >= share)
            {
                source.Cancel();
            }
        }
    }
}
