using DiTFastAttn.Hosting.Plans;
using DiTFastAttn.Hosting.Search;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests.Plans;

/// <summary>A plan is searched at the first need of its kind of run, and remembered.</summary>
public sealed class SearchedPlanTests : IDisposable
{
    private readonly ToyModel _model = new();
    private readonly Tensor _start;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private int _searches;

    public SearchedPlanTests()
    {
        using var random = new Generator(3);
        _start = randn([1, 12, 16], generator: random);
    }

    [Fact]
    public void It_is_searched_once_for_each_kind_of_run()
    {
        using var services = Services(builder => builder.UseSearchedPlan(threshold: 1e9, Calibrate));
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);
        _searches.ShouldBe(0);

        Begin(attached, new RunRequest(3, Guidance.ConditionalFirst)).Rows.Skip(1).ShouldAllBe(row => row.All(id => id == "ast"));
        Begin(attached, new RunRequest(3, Guidance.ConditionalFirst));
        _searches.ShouldBe(1);
        Begin(attached, new RunRequest(2, Guidance.ConditionalFirst));
        Begin(attached, new RunRequest(3, Guidance.None));
        var plan = Begin(attached, new RunRequest(3, Guidance.None) { Tokens = 12, Scheduler = "toy", Dtype = "float32" });
        _searches.ShouldBe(4);
        (plan.Tokens, plan.Scheduler, plan.Dtype, plan.Origin.Method, plan.Origin.Threshold).ShouldBe((12, "toy", "float32", "greedy", 1e9));
    }

    [Fact]
    public void It_can_be_searched_beforehand_with_progress()
    {
        using var services = Services(builder => builder.AddPlanProfile("fast", profile => profile.UseSearchedPlan(threshold: 0.05, Calibrate)));
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);
        var request = new RunRequest(3, Guidance.ConditionalFirst) { Profile = "fast" };
        var reports = new Reports();

        var plan = attached.PreparePlan(request, reports);

        reports.Values.ShouldNotBeEmpty();
        reports.Values[^1].ShouldBe(1);
        Begin(attached, request).ShouldBeSameAs(plan);
        _searches.ShouldBe(1);
    }

    [Fact]
    public void A_search_that_was_ended_begins_anew_at_the_next_need()
    {
        using var services = Services(builder => builder.UseSearchedPlan(threshold: 0.05, Calibrate));
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        var request = new RunRequest(3, Guidance.ConditionalFirst);

        Should.Throw<OperationCanceledException>(() => attached.PreparePlan(request, cancellation: cancelled.Token));
        Begin(attached, request).Steps.ShouldBe(3);
    }

    [Fact]
    public async Task Threads_that_need_the_same_plan_wait_for_one_search()
    {
        using var services = Services(builder => builder.UseSearchedPlan(threshold: 0.05, Calibrate));
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);
        var request = new RunRequest(3, Guidance.ConditionalFirst);

        var plans = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Begin(attached, request))));

        _searches.ShouldBe(1);
        plans.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Who_waits_for_a_search_that_somebody_else_ends_goes_on_himself()
    {
        using var attachedServices = Services(_ => { });
        using var attached = attachedServices.GetRequiredService<IFastAttention>().Attach(_model);
        using var began = new ManualResetEventSlim();
        using var ended = new CancellationTokenSource();
        var provider = new SearchedPlanProvider(request =>
        {
            if (Interlocked.Increment(ref _searches) == 1)
            {
                began.Set();
                request.Cancellation.WaitHandle.WaitOne();
                request.Cancellation.ThrowIfCancellationRequested();
            }

            return AttentionPlan.AllFull(request.Model, request.Run.Guidance, request.Run.Steps);
        });
        var asked = new PlanRequest(attached, new RunRequest(2, Guidance.None));

        var first = Task.Run(() => provider.GetPlan(asked with { Cancellation = ended.Token }));
        began.Wait();
        var second = Task.Run(() => provider.GetPlan(asked));
        await ended.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(first);
        (await second).Steps.ShouldBe(2);
        _searches.ShouldBe(2);
    }

    [Fact]
    public void Plans_outlive_the_program_in_a_folder()
    {
        var request = new RunRequest(3, Guidance.ConditionalFirst);
        AttentionPlan Search(double threshold)
        {
            using var services = Services(builder => builder.UseSearchedPlan(threshold, Calibrate, options => options.Folder = _folder));
            using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);
            return Begin(attached, request);
        }

        var plan = Search(1e9);
        Search(1e9).Rows.ShouldBe(plan.Rows);
        _searches.ShouldBe(1, "the second program read the file");
        Search(1e-300).Rows.Skip(1).ShouldAllBe(row => row.All(id => id == "full"));
        _searches.ShouldBe(2, "another threshold is another plan");

        var files = Directory.GetFiles(_folder);
        files.Length.ShouldBe(2);
        files.ShouldAllBe(file => Path.GetFileName(file).StartsWith("ToyModel-3-", StringComparison.Ordinal));
        foreach (var file in files)
        {
            File.WriteAllText(file, "{}");
        }

        Should.Throw<FormatException>(() => Search(1e-300)).Message.ShouldStartWith($"plan '{_folder}");
    }

    [Fact]
    public void Other_weights_are_another_plan()
    {
        using var services = Services(builder => builder.UseSearchedPlan(1e9, Calibrate, options => options.Folder = _folder));
        var request = new RunRequest(2, Guidance.None);
        Search();
        Search();
        _searches.ShouldBe(1);
        using (no_grad())
        {
            _model.parameters().First().add_(1);
        }

        Search();
        _searches.ShouldBe(2);
        Directory.GetFiles(_folder).Length.ShouldBe(2);

        void Search()
        {
            using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);
            Begin(attached, request);
        }
    }

    [Fact]
    public void Calibration_samples_may_come_from_a_service()
    {
        using var services = Services(builder =>
        {
            builder.Services.AddSingleton<ICalibration>(new Calibration(this));
            builder.UseSearchedPlan(threshold: 1e9);
        });
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);

        Begin(attached, new RunRequest(2, Guidance.None)).Rows[1].ShouldBe(["ast", "ast"]);
    }

    [Fact]
    public void Without_calibration_samples_it_says_what_to_do()
    {
        using var services = Services(builder => builder.UseSearchedPlan(threshold: 1e9));

        Should.Throw<InvalidOperationException>(() => services.GetRequiredService<IFastAttention>()).Message.ShouldStartWith("UseSearchedPlan finds no calibration samples:");
    }

    [Fact]
    public void A_calibration_of_another_kind_of_run_is_refused()
    {
        using var services = Services(builder => builder.UseSearchedPlan(
            threshold: 0.1, _ => new ToyTrajectory(_model, _start, 5, Guidance.None)));
        using var attached = services.GetRequiredService<IFastAttention>().Attach(_model);

        Should.Throw<InvalidOperationException>(() => Begin(attached, new RunRequest(2, Guidance.None)))
            .Message.ShouldBe("calibration: its generation has 5 steps and guidance None, the run 2 and None: they have to be the same.");
    }

    [Fact]
    public void A_negative_threshold_is_refused()
        => Should.Throw<ArgumentOutOfRangeException>(() => Services(builder => builder.UseSearchedPlan(-0.1, Calibrate))).ParamName.ShouldBe("threshold");

    [Fact]
    public void Strategies_of_ones_own_are_candidates_before_what_costs_more()
    {
        using var services = Services(builder => builder.AddDiTFastAttnHostingTestsProcessors().AddProcessor("dear", _ => new Dear()));
        var catalog = services.GetRequiredService<IProcessorCatalog>();

        // drift is free as ast is, near sees five of a thousand tokens, dear costs more than all.
        GreedySearchOptions.CandidatesOf(catalog, new SiteShape(2, 1024, 16, 72, 128)).ShouldBe(["ast", "drift", "wars+asc", "near", "wars", "asc", "dear"]);
    }

    public void Dispose()
    {
        _start.Dispose();
        _model.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static ServiceProvider Services(Action<DiTFastAttnBuilder> choose)
    {
        var builder = new ServiceCollection().AddDiTFastAttn();
        choose(builder);
        return builder.Services.BuildServiceProvider();
    }

    private static AttentionPlan Begin(AttachedModel attached, RunRequest request)
    {
        using var run = attached.BeginRun(request);
        return run.Plan;
    }

    private ToyTrajectory Calibrate(PlanRequest request)
    {
        Interlocked.Increment(ref _searches);
        return new ToyTrajectory(_model, _start, request.Run.Steps, request.Run.Guidance);
    }

    private sealed class Calibration(SearchedPlanTests tests) : ICalibration
    {
        public IDenoisingTrajectory Begin(PlanRequest request) => tests.Calibrate(request);
    }

    private sealed class Reports : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }

    private sealed class Dear : IAttentionProcessor
    {
        public ProcessorTraits Traits { get; } = new(SiteState.Output, SiteState.None);

        public Tensor Attend(in AttentionCall call) => call.ReadOutput();

        public AttentionCost Cost(in SiteShape shape) => new(10 * shape.Projections, 10 * shape.FullAttention);
    }
}
