using DiTFastAttn.Tests.Testing;

namespace DiTFastAttn.Tests;

/// <summary>A plan that does not fit is refused before the first step, and the message names the field and both values.</summary>
public sealed class PlanBindingTests : IDisposable
{
    private readonly ToyModel _model = new(blocks: 2);
    private readonly AttachedModel _attached;

    public PlanBindingTests() => _attached = AttachedModel.Attach(_model, new TestCatalog(), new TorchKernel(), AttentionWindow.Paper);

    public static TheoryData<string, Func<AttentionPlan, AttentionPlan>, Func<RunRequest, RunRequest>> Mismatches => new()
    {
        { "model.sites: the plan has 1 sites, the model 'ToyModel' has 2.", plan => plan with { Model = new("ToyModel", [plan.Model.Sites[0]]) }, Same },
        {
            "model.sites[1].name: the plan has 'blocks.7', the model 'ToyModel' has 'blocks.1'.",
            plan => plan with { Model = new("ToyModel", [plan.Model.Sites[0], new("blocks.7", 2, 4)]) },
            Same
        },
        {
            "model.sites[0].heads: the plan has 3, the model 2.",
            plan => plan with { Model = new("ToyModel", [new("blocks.0", 3, 4), plan.Model.Sites[1]]) },
            Same
        },
        {
            "model.sites[1].headWidth: the plan has 5, the model 4.",
            plan => plan with { Model = new("ToyModel", [plan.Model.Sites[0], new("blocks.1", 2, 5)]) },
            Same
        },
        { "steps: the plan has 3, the run 4.", plan => plan, run => run with { Steps = 4 } },
        { "steps: the run asks for 0; a run has at least 1.", plan => plan, run => run with { Steps = 0 } },
        { "guidance: the plan was made for ConditionalFirst, the run has ConditionalLast.", plan => plan, run => run with { Guidance = Guidance.ConditionalLast } },
        { "scheduler: the plan has ddim, the run ddpm.", plan => plan with { Scheduler = "ddim" }, run => run with { Scheduler = "ddpm" } },
        { "guidanceScale: the plan has 1.5, the run 4.", plan => plan with { GuidanceScale = 1.5 }, run => run with { GuidanceScale = 4 } },
        { "resolution: the plan has 64x64, the run 32x32.", plan => plan with { Resolution = "64x64" }, run => run with { Resolution = "32x32" } },
        { "tokens: the plan has 256, the run 1024.", plan => plan with { Tokens = 256 }, run => run with { Tokens = 1024 } },
        { "dtype: the plan has float32, the run bfloat16.", plan => plan with { Dtype = "float32" }, run => run with { Dtype = "bfloat16" } },
        {
            "rows: step 1 names 1 strategies; the model has 2 sites.",
            plan => plan with { Rows = [["full", "full"], ["full"], ["full", "full"]] },
            Same
        },
        {
            "rows: step 2 of site 'blocks.1' names the strategy 'fast'; known are full, residual, output, half, residual+half and composites a+b.",
            plan => plan with { Rows = [["full", "full"], ["full", "full"], ["full", "fast"]] },
            Same
        },
        {
            "rows: step 0 of site 'blocks.1' is 'half'; step 0 is always 'full'.",
            plan => plan with { Rows = [["full", "half"], ["full", "full"], ["full", "full"]] },
            Same
        },
        {
            "window: the plan has none, and step 2 of site 'blocks.1' is 'residual', which needs one.",
            plan => plan with { Rows = [["full", "full"], ["full", "full"], ["full", "residual"]] },
            Same
        },
        {
            "guidance: step 1 of site 'blocks.0' is 'residual+half', which shares between the guidance halves, and the run has no guidance.",
            plan => plan with { Guidance = Guidance.None, Rows = [["full", "full"], ["residual+half", "full"], ["full", "full"]] },
            run => run with { Guidance = Guidance.None }
        },
    };

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void Mismatch_is_refused(string message, Func<AttentionPlan, AttentionPlan> plan, Func<RunRequest, RunRequest> run)
    {
        var (fitting, request) = (AttentionPlan.AllFull(_attached, Guidance.ConditionalFirst, 3), new RunRequest(3, Guidance.ConditionalFirst));
        _attached.Check(fitting, request);

        Should.Throw<PlanMismatchException>(() => _attached.BeginRun(plan(fitting), run(request))).Message.ShouldBe(message);
        Should.Throw<PlanMismatchException>(() => _attached.Check(plan(fitting), run(request))).Message.ShouldBe(message);

        // A refused run is not an open one.
        _attached.Dispose();
    }

    [Fact]
    public void Every_mismatch_is_found_at_once()
    {
        var plan = AttentionPlan.AllFull(_attached, Guidance.ConditionalFirst, 3) with
        {
            Tokens = 256,
            Rows = [["full", "half"], ["fast", "full"], ["full", "residual"]],
        };

        _attached.FindMismatches(plan, new RunRequest(4, Guidance.ConditionalLast) { Tokens = 1024 }).ShouldBe(
        [
            "steps: the plan has 3, the run 4.",
            "guidance: the plan was made for ConditionalFirst, the run has ConditionalLast.",
            "tokens: the plan has 256, the run 1024.",
            "rows: step 1 of site 'blocks.0' names the strategy 'fast'; known are full, residual, output, half, residual+half and composites a+b.",
            "window: the plan has none, and step 2 of site 'blocks.1' is 'residual', which needs one.",
            "rows: step 0 of site 'blocks.1' is 'half'; step 0 is always 'full'.",
        ]);
        _attached.FindMismatches(AttentionPlan.AllFull(_attached, Guidance.None, 3), new RunRequest(3, Guidance.None)).ShouldBeEmpty();
    }

    [Fact]
    public void State_that_no_step_writes_is_refused()
    {
        var catalog = new TestCatalog()
            .With("full", new TestStrategy(SiteState.None, SiteState.Output, needsGuidance: false, call => call.Hidden.alias()));
        _attached.Dispose();
        using var attached = AttachedModel.Attach(_model, catalog, new TorchKernel(), AttentionWindow.Paper);
        var plan = AttentionPlan.OfSteps(attached, Guidance.None, ["full", "output", "residual"]);

        Should.Throw<PlanMismatchException>(() => attached.BeginRun(plan, new RunRequest(3, Guidance.None))).Message
            .ShouldBe("rows: step 2 of site 'blocks.0' is 'residual', which reads Residual, and no earlier step writes it.");
    }

    [Fact]
    public void What_either_side_leaves_out_is_not_compared()
    {
        var plan = AttentionPlan.AllFull(_attached, Guidance.None, 2) with
        {
            Model = new ModelFingerprint("another name", [new("blocks.0", 0, 0), new("blocks.1", 0, 4)]),
            GuidanceScale = 2,
            Scheduler = "ddim",
            Resolution = "64x64",
            Dtype = "float32",
        };

        using var run = _attached.BeginRun(plan, new RunRequest(2, Guidance.None) { Tokens = 256 });

        run.Plan.ShouldBeSameAs(plan);
    }

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
    }

    private static RunRequest Same(RunRequest request) => request;
}
