using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Tests;

/// <summary>Steps, and the life of residuals and outputs.</summary>
public sealed class RunTests : IDisposable
{
    private const long Tokens = 6;

    // B = 2: residual [2, 2, 6, 4] and output [2, 6, 8] of float32 both take 384 bytes.
    private const long StateBytes = 2 * Tokens * ToyAttention.Width * sizeof(float);

    private readonly ToyModel _model = new(blocks: 2);
    private readonly TestCatalog _catalog = new();
    private readonly Tensor _tokens = Tensors.Tokens(2, Tokens, seed: 11);
    private readonly AttachedModel _attached;

    public RunTests() => _attached = AttachedModel.Attach(_model, _catalog, new TorchKernel(), AttentionWindow.Tokens(1));

    [Fact]
    public void Steps_are_counted_and_end_with_the_plan()
    {
        using var run = Begin("full", "full");
        run.StepsBegun.ShouldBe(0);
        Call(run);
        Call(run);
        run.StepsBegun.ShouldBe(2);

        Should.Throw<InvalidOperationException>(() => run.Step()).Message
            .ShouldBe("the plan has 2 steps and this run began them all: begin a new run, or a plan with more steps.");
    }

    [Fact]
    public void Step_inside_a_step_is_refused()
    {
        using var run = Begin("full", "full");
        using (run.Step())
        {
            Should.Throw<InvalidOperationException>(() => run.Step()).Message.ShouldBe("step 0 is still open: dispose it before the next.");
        }

        run.Step().Dispose();
    }

    [Fact]
    public void Site_called_twice_in_a_step_is_refused_by_name()
    {
        using var run = Begin("full", "full");
        using (run.Step())
        {
            _model.forward(_tokens).Dispose();
            Should.Throw<InvalidOperationException>(() => _model.Block(0).forward(_tokens)).Message
                .ShouldBe("site 'blocks.0' was called twice in step 0: run both guidance halves in one batch, one model call a step.");
        }

        Call(run);
    }

    [Fact]
    public void Step_that_failed_in_the_model_can_be_followed_by_the_next()
    {
        _catalog.With("fails", new TestStrategy(SiteState.None, SiteState.Output, needsGuidance: false, _ => throw new TimeoutException()));
        using var run = Begin("full", "fails", "full");
        Call(run);
        Should.Throw<TimeoutException>(() => Call(run));
        Call(run);
    }

    [Fact]
    public void Scope_disposed_again_ends_nothing_else()
    {
        using var run = Begin("full", "full");
        var first = run.Step();
        first.Dispose();
        using (run.Step())
        {
            first.Dispose();
            Should.Throw<InvalidOperationException>(() => run.Step()).Message.ShouldStartWith("step 1 is still open");
        }

        default(StepScope).Dispose();
    }

    [Fact]
    public void Scopes_are_equal_when_they_are_of_the_same_step()
    {
        using var run = Begin("full", "full");
        var first = run.Step();
        var copy = first;
        first.Dispose();
        var second = run.Step();
        second.Dispose();

        (first == copy).ShouldBeTrue();
        first.GetHashCode().ShouldBe(copy.GetHashCode());
        (first != second).ShouldBeTrue();
        first.Equals((object)second).ShouldBeFalse();
        (default(StepScope) == first).ShouldBeFalse();
    }

    [Fact]
    public void Step_ends_on_the_thread_that_began_it()
    {
        using var run = Begin("full");
        using var step = run.Step();

        AnotherThread.Run(() =>
        {
            var error = Should.Throw<InvalidOperationException>(() => step.Dispose());
            error.Message.ShouldStartWith("a step was ended on another thread than it began on");
            Should.Throw<InvalidOperationException>(run.Dispose).Message.ShouldBe(error.Message);
        });
    }

    [Fact]
    public void Steps_of_two_runs_end_in_reverse_order()
    {
        using var one = Begin("full");
        using var other = Begin("full");
        var outer = one.Step();
        var inner = other.Step();

        Should.Throw<InvalidOperationException>(() => outer.Dispose()).Message.ShouldContain("in another order");

        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void Disposing_a_run_ends_its_open_step()
    {
        using var plain = _model.forward(_tokens);
        var run = Begin("full");
        var step = run.Step();
        run.Dispose();
        run.Dispose();
        step.Dispose();

        using var output = _model.forward(_tokens);
        output.Values().ShouldBe(plain.Values());
        Should.Throw<ObjectDisposedException>(() => run.Step());
    }

    [Fact]
    public void Model_with_an_open_run_is_not_detached()
    {
        var run = Begin("full", "full");
        using var trial = _attached.BeginTrialRun(Guidance.None);

        Should.Throw<InvalidOperationException>(_attached.Dispose).Message
            .ShouldBe("2 run(s) of this model are still open: dispose them before the model is detached.");

        Call(run);
        run.Dispose();
        trial.Dispose();
        _attached.Dispose();
        ((IAttentionSiteHost)_model.Block(0)).SitesConnected.ShouldBeFalse();
    }

    [Theory]
    [InlineData("full full full", "0 0 0")]
    [InlineData("full output full", "1 0 0")]
    [InlineData("full output output full", "1 1 0 0")]
    [InlineData("full residual full", "1 0 0")]
    [InlineData("full residual output full", "1 1 0 0")]
    [InlineData("full output residual full", "2 1 0 0")]
    [InlineData("full residual residual full residual", "1 1 0 1 0")]
    [InlineData("full full output residual full", "0 2 1 0 0")]
    public void State_lives_from_its_writer_to_its_last_reader(string plan, string held)
    {
        using var run = Begin(plan.Split(' '));
        foreach (var count in held.Split(' ').Select(long.Parse))
        {
            Call(run);
            run.StateBytes.ShouldBe(_attached.Sites.Count * count * StateBytes);
        }

        run.PeakStateBytes.ShouldBeGreaterThanOrEqualTo(_attached.Sites.Count * held.Split(' ').Max(long.Parse) * StateBytes);
    }

    [Fact]
    public void Peak_counts_what_was_held_at_once()
    {
        using var run = Begin("full", "residual", "output");
        Call(run);
        run.PeakStateBytes.ShouldBe(2 * StateBytes);
        Call(run);
        Call(run);

        // Site 0 writes its output at step 1 before its residual goes; site 1 holds its residual meanwhile.
        run.PeakStateBytes.ShouldBe(3 * StateBytes);
        run.StateBytes.ShouldBe(0);
    }

    [Fact]
    public void Everything_is_freed_with_the_run_however_far_it_came()
    {
        _tokens.Values();
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        for (var steps = 0; steps < 4; steps++)
        {
            using var run = Begin("full", "residual", "output", "output");
            for (var step = 0; step < steps; step++)
            {
                Call(run);
            }

            (run.StateBytes > 0).ShouldBe(steps > 0);
            run.Dispose();
            run.StateBytes.ShouldBe(0);
        }

        DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    [Fact]
    public void State_outlives_the_dispose_scope_of_the_step_that_wrote_it()
    {
        using var run = Begin("full", "residual", "output");
        for (var step = 0; step < 3; step++)
        {
            using var scope = NewDisposeScope();
            using (run.Step())
            {
                _model.forward(_tokens);
            }
        }
    }

    [Fact]
    public void Residual_that_nobody_reads_is_dropped_even_if_a_strategy_stores_it()
    {
        _catalog.With("hoards", new TestStrategy(SiteState.None, SiteState.Residual | SiteState.Output, needsGuidance: false, call =>
        {
            call.StoreResidual(ones(1, 2, 6, 4));
            return call.Hidden.alias();
        }));
        using var run = Begin("full", "hoards");
        Call(run);
        Call(run);

        run.PeakStateBytes.ShouldBe(0);
    }

    [Fact]
    public void Reading_what_was_not_declared_says_so()
    {
        _catalog
            .With("sly", new TestStrategy(SiteState.None, SiteState.Output, needsGuidance: false, call => call.ReadResidual()))
            .With("slier", new TestStrategy(SiteState.None, SiteState.Output, needsGuidance: false, call => call.ReadOutput()));
        using var run = Begin("full", "sly", "slier");
        Call(run);

        Should.Throw<InvalidOperationException>(() => Call(run)).Message
            .ShouldBe("site 'blocks.0' has no residual to read: its strategy reads SiteState.Residual without declaring it in Traits.Reads.");
        Should.Throw<InvalidOperationException>(() => Call(run)).Message
            .ShouldBe("site 'blocks.0' has no output to read: its strategy reads SiteState.Output without declaring it in Traits.Reads.");
    }

    [Fact]
    public void Full_with_its_residual_equals_full()
    {
        using var plain = _model.forward(_tokens);
        using var run = Begin("full", "residual");
        for (var step = 0; step < 2; step++)
        {
            using (run.Step())
            {
                using var output = _model.forward(_tokens);
                output.Values().ShouldBe(plain.Values(), tolerance: 1e-5);
            }
        }
    }

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
        _tokens.Dispose();
    }

    private AttentionRun Begin(params string[] steps)
        => _attached.BeginRun(AttentionPlan.OfSteps(_attached, Guidance.None, steps), new RunRequest(steps.Length, Guidance.None));

    private void Call(AttentionRun run)
    {
        using (run.Step())
        {
            _model.forward(_tokens).Dispose();
        }
    }
}
