using DiTFastAttn.Tests.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Tests;

public sealed class TrialRunTests : IDisposable
{
    private readonly ToyModel _model = new(blocks: 2);
    private readonly Tensor _tokens = Tensors.Tokens(2, 5, seed: 41);
    private readonly Tensor _otherTokens = Tensors.Tokens(2, 5, seed: 42);
    private readonly AttachedModel _attached;

    public TrialRunTests() => _attached = AttachedModel.Attach(_model, new TestCatalog(), new TorchKernel(), AttentionWindow.Tokens(1));

    [Fact]
    public void Trials_leave_no_state()
    {
        using var trial = _attached.BeginTrialRun(Guidance.None);
        Take(trial, "full", _tokens);
        var before = Try(trial, "residual", _tokens);

        Try(trial, "full", _otherTokens);
        Try(trial, "half", _otherTokens, guidanceError: true);
        Try(trial, "residual", _otherTokens);

        Try(trial, "residual", _tokens).ShouldBe(before);
        trial.StepsTaken.ShouldBe(1);
    }

    [Fact]
    public void Taken_rows_give_what_a_run_with_the_same_plan_gives()
    {
        string[] steps = ["full", "residual", "output", "full", "residual"];
        var plan = AttentionPlan.OfSteps(_attached, Guidance.None, steps);
        using var run = _attached.BeginRun(plan, new RunRequest(steps.Length, Guidance.None));
        using var trial = _attached.BeginTrialRun(Guidance.None);

        foreach (var (id, step) in steps.Select((id, step) => (id, step)))
        {
            var tokens = step % 2 == 0 ? _tokens : _otherTokens;
            float[] expected;
            using (run.Step())
            {
                using var output = _model.forward(tokens);
                expected = output.Values();
            }

            if (step > 0)
            {
                Try(trial, "full", tokens);
                Try(trial, id, tokens).ShouldBe(expected);
            }

            Take(trial, id, tokens).ShouldBe(expected);
        }
    }

    [Fact]
    public void A_fork_goes_on_from_the_steps_taken_and_neither_sees_what_the_other_takes()
    {
        using var trial = _attached.BeginTrialRun(Guidance.None);
        Take(trial, "full", _tokens);
        var expected = Try(trial, "residual", _otherTokens);

        using var fork = trial.Fork();
        fork.StepsTaken.ShouldBe(1);
        Try(fork, "residual", _otherTokens).ShouldBe(expected);
        Take(fork, "full", _otherTokens);
        Try(trial, "residual", _otherTokens).ShouldBe(expected);
        Try(fork, "residual", _otherTokens).ShouldNotBe(expected);
        var ofFork = Try(fork, "residual", _otherTokens);

        trial.Dispose();
        Try(fork, "residual", _otherTokens).ShouldBe(ofFork);
        Should.Throw<ObjectDisposedException>(() => trial.Fork());
    }

    [Fact]
    public void Calls_of_one_trial_run_do_not_nest()
    {
        using var trial = _attached.BeginTrialRun(Guidance.None);
        using (trial.Try(["full", "full"]))
        {
            Should.Throw<InvalidOperationException>(() => trial.Take(["full", "full"])).Message
                .ShouldBe("a model call of this run is still open: dispose it before the next.");
        }
    }

    [Fact]
    public void Rows_that_do_not_fit_are_refused()
    {
        using var trial = _attached.BeginTrialRun(Guidance.None);

        Should.Throw<PlanMismatchException>(() => trial.Try(["full"])).Message.ShouldBe("rows: step 0 names 1 strategies; the model has 2 sites.");
        Should.Throw<PlanMismatchException>(() => trial.Try(["full", "fast"])).Message.ShouldContain("'fast'");
        trial.Dispose();
        Should.Throw<ObjectDisposedException>(() => trial.Try(["full", "full"]));
    }

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
        _tokens.Dispose();
        _otherTokens.Dispose();
    }

    private float[] Take(TrialRun trial, string id, Tensor tokens)
    {
        using (trial.Take([id, id]))
        {
            using var output = _model.forward(tokens);
            return output.Values();
        }
    }

    private float[] Try(TrialRun trial, string id, Tensor tokens, bool guidanceError = false)
    {
        if (guidanceError)
        {
            Should.Throw<PlanMismatchException>(() => trial.Try([id, id])).Message.ShouldContain("the run has no guidance");
            return [];
        }

        using (trial.Try([id, id]))
        {
            using var output = _model.forward(tokens);
            return output.Values();
        }
    }
}
