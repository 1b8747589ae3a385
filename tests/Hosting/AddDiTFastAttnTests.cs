using DiTFastAttn.Processors;
using Microsoft.Extensions.DependencyInjection;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

public sealed class AddDiTFastAttnTests
{
    [Fact]
    public void A_strategy_of_ones_own_takes_part_in_plans_and_gets_its_services()
    {
        var counter = new Counter();
        using var provider = new ServiceCollection().AddSingleton(counter)
            .AddDiTFastAttn().AddProcessor<CountingAttention>("counting").Services.BuildServiceProvider();
        using var model = new ToyModel();
        using var attached = provider.GetRequiredService<IFastAttention>().Attach(model);
        using var run = attached.BeginRun(
            AttentionPlan.OfSteps(attached, Guidance.ConditionalFirst, ["full", "counting", "counting+asc"]), new RunRequest(3, Guidance.ConditionalFirst));
        using var tokens = randn(2, 8, 16);

        for (var step = 0; step < 3; step++)
        {
            using (run.Step())
            {
                model.forward(tokens).Dispose();
            }
        }

        counter.Batches.ShouldBe([2, 2, 1, 1]);
    }

    [Fact]
    public void The_window_of_the_options_is_the_attached_models()
    {
        using var provider = new ServiceCollection().AddDiTFastAttn(o => o.Window = AttentionWindow.Tokens(3)).Services.BuildServiceProvider();
        using var model = new ToyModel();
        using var attached = provider.GetRequiredService<IFastAttention>().Attach(model);

        attached.Window.ShouldBe(AttentionWindow.Tokens(3));
    }

    [Fact]
    public void A_plan_file_serves_every_run()
    {
        using var model = new ToyModel();
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".plan.json");
        try
        {
            using var provider = new ServiceCollection().AddDiTFastAttn().UsePlanFile(path).Services.BuildServiceProvider();
            using var attached = provider.GetRequiredService<IFastAttention>().Attach(model);
            Should.Throw<FileNotFoundException>(() => attached.BeginRun(2, Guidance.None)).Message.ShouldContain(path);

            PlanFile.Save(AttentionPlan.OfSteps(attached, Guidance.None, ["full", "ast"]), path);
            using var run = attached.BeginRun(2, Guidance.None);
            run.Plan.Rows[1].ShouldBe(["ast", "ast"]);
            Should.Throw<PlanMismatchException>(() => attached.BeginRun(3, Guidance.None)).Message.ShouldBe("steps: the plan has 2, the run 3.");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Without_a_plan_provider_a_run_says_what_to_do()
    {
        using var provider = new ServiceCollection().AddDiTFastAttn().Services.BuildServiceProvider();
        using var model = new ToyModel();
        using var attached = provider.GetRequiredService<IFastAttention>().Attach(model);

        Should.Throw<InvalidOperationException>(() => attached.BeginRun(2, Guidance.None)).Message.ShouldContain(".UsePlanFile");
    }

    [Theory]
    [InlineData("full")]
    [InlineData("Wrong Id")]
    [InlineData("a+b")]
    [InlineData("")]
    public void Taken_and_malformed_ids_are_refused(string id)
    {
        var catalog = new ProcessorCatalog();

        Should.Throw<ArgumentException>(() => catalog.Add(id, new FullAttention())).Message.ShouldContain($"'{id}'");
    }

    [Fact]
    public void An_id_that_is_taken_is_refused_where_it_is_registered()
    {
        var builder = new ServiceCollection().AddDiTFastAttn().AddProcessor<CountingAttention>("counting");

        Should.Throw<ArgumentException>(() => builder.AddProcessor<FullAttention>("counting"))
            .Message.ShouldStartWith("strategy id 'counting' is taken by CountingAttention: choose another.");
        Should.Throw<ArgumentException>(() => builder.AddProcessor("wars", _ => new FullAttention()))
            .Message.ShouldStartWith("strategy id 'wars' is taken by the built-in strategy: choose another.");
        Should.Throw<ArgumentException>(() => builder.AddProcessor<FullAttention>("a+b")).Message.ShouldContain("'+' joins ids");
    }

    [Fact]
    public void One_class_is_registered_several_times_by_a_function()
    {
        using var provider = new ServiceCollection().AddDiTFastAttn()
            .AddProcessor("one", _ => new CountingAttention(new Counter()))
            .AddProcessor("two", _ => new CountingAttention(new Counter()))
            .Services.BuildServiceProvider();

        var catalog = provider.GetRequiredService<IProcessorCatalog>();
        catalog.GetProcessor("one").ShouldNotBeSameAs(catalog.GetProcessor("two"));
    }

    [Fact]
    public void A_strategy_of_both_kinds_and_a_function_that_returns_null_are_refused()
    {
        Should.Throw<ArgumentException>(() => new ProcessorCatalog().Add("both", new Both())).Message.ShouldContain("both an IAttentionProcessor and an IAttentionDecorator");
        using var provider = new ServiceCollection().AddDiTFastAttn().AddProcessor("none", _ => null!).Services.BuildServiceProvider();
        Should.Throw<InvalidOperationException>(provider.GetRequiredService<IProcessorCatalog>)
            .Message.ShouldBe("strategy 'none': the function that makes it returned null.");
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("wars+nope")]
    [InlineData("asc+wars")]
    [InlineData("wars+")]
    [InlineData("")]
    public void Composites_need_a_strategy_first_and_decorators_after(string id)
        => new ProcessorCatalog().TryGet(id, out _).ShouldBeFalse();

    [Fact]
    public void A_composite_is_resolved_once_and_inherits_what_it_reads()
    {
        var catalog = new ProcessorCatalog();

        catalog.GetProcessor("wars+asc").ShouldBeSameAs(catalog.GetProcessor("wars+asc"));
        catalog.GetProcessor("wars+asc").Traits.ShouldBe(new ProcessorTraits(SiteState.Residual, SiteState.Output, NeedsGuidance: true, NeedsWindow: true));
        catalog.GetProcessor("asc").Traits.ShouldBe(new ProcessorTraits(SiteState.None, SiteState.Residual | SiteState.Output, NeedsGuidance: true) { ServesSubLayers = true });
    }

    private sealed class Counter
    {
        public List<long> Batches { get; } = [];
    }

    private sealed class CountingAttention(Counter counter) : IAttentionProcessor
    {
        public ProcessorTraits Traits { get; } = new(SiteState.None, SiteState.Output);

        public Tensor Attend(in AttentionCall call)
        {
            counter.Batches.Add(call.Hidden.shape[0]);
            using var input = call.Project();
            using var attended = call.Kernel.Full(input);
            return call.Output(attended);
        }

        public AttentionCost Cost(in SiteShape shape) => new(shape.Projections, shape.FullAttention);
    }

    private sealed class Both : IAttentionProcessor, IAttentionDecorator
    {
        public ProcessorTraits Traits { get; } = new(SiteState.Output, SiteState.None);

        public IAttentionProcessor Around(IAttentionProcessor inner) => inner;

        public Tensor Attend(in AttentionCall call) => call.ReadOutput();

        public AttentionCost Cost(in SiteShape shape) => default;
    }
}
