using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

/// <summary>A search within a budget that is cut off at any byte of its log goes on and ends with the same bits.</summary>
public sealed class BudgetLogTests : IDisposable
{
    private const int Steps = 5;

    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-log-").FullName;
    private readonly ToyModel _model;
    private readonly AttachedModel _attached;
    private readonly Tensor _start;
    private readonly Tensor _heldOut;

    public BudgetLogTests()
    {
        manual_seed(7);
        _model = new ToyModel();
        _attached = AttachedModel.Attach(_model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        _start = randn(2, 32, 16);
        _heldOut = randn(3, 32, 16);
    }

    private string Path => System.IO.Path.Combine(_folder, "search.log");

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
        _start.Dispose();
        _heldOut.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(0.6, null)]
    [InlineData(null, 12.0)]
    public void A_search_that_is_cut_off_at_any_byte_goes_on_and_ends_with_the_same_bits(double? flops, double? psnr)
    {
        var budget = new PlanBudget { AttentionFlops = flops, Psnr = psnr };
        var whole = Describe(Search(budget, resume: false));
        var log = File.ReadAllBytes(Path);
        var random = new Random(8);
        int[] cuts = [0, 1, log.Length - 1, log.Length, .. Enumerable.Range(0, 12).Select(_ => random.Next(log.Length))];

        foreach (var cut in cuts)
        {
            File.WriteAllBytes(Path, log[..cut]);

            Describe(Search(budget, resume: true)).ShouldBe(whole, $"cut at byte {cut}");
            File.ReadAllBytes(Path).ShouldBe(log, $"cut at byte {cut}");
        }

        Describe(Search(budget, resume: false, useLog: false)).ShouldBe(whole, "a log changes nothing");
    }

    [Fact]
    public void A_validation_that_is_cut_off_at_any_byte_goes_on_and_ends_with_the_same_bits()
    {
        var plan = PeriodicPlans.Every(_attached, Guidance.ConditionalFirst, Steps, "ast", 6);
        var limit = Guard(plan, limit: null, resume: false, useLog: false).Before.Min() + 3;
        var made = new List<ToyTrajectory>();
        var whole = Told(Guard(plan, limit, resume: false));
        var log = File.ReadAllBytes(Path);
        var random = new Random(9);

        foreach (var cut in (int[])[0, log.Length - 1, .. Enumerable.Range(0, 8).Select(_ => random.Next(log.Length))])
        {
            File.WriteAllBytes(Path, log[..cut]);

            Told(Guard(plan, limit, resume: true)).ShouldBe(whole, $"cut at byte {cut}");
            File.ReadAllBytes(Path).ShouldBe(log, $"cut at byte {cut}");
        }

        Told(Guard(plan, limit, resume: true, made: made)).ShouldBe(whole);
        made.Sum(trajectory => trajectory.Predictions).ShouldBe(0, "the log knows every run");
        Told(Guard(plan, limit, resume: false, useLog: false)).ShouldBe(whole, "a log changes nothing");
        Should.Throw<SearchLogException>(() => Guard(plan, limit + 1, resume: true)).Message.ShouldContain("limit is");

        static string Told(GuardedPlan guarded)
            => FormattableString.Invariant($"{PlanFile.Write(guarded.Plan)} {string.Join(' ', guarded.Before)} {string.Join(' ', guarded.After)} {guarded.Replaced} {guarded.ForwardEquivalents}");
    }

    [Fact]
    public void What_the_log_knows_is_not_computed_again()
    {
        var budget = new PlanBudget { AttentionFlops = 0.6 };
        var first = new List<ToyTrajectory>();
        var again = new List<ToyTrajectory>();

        Search(budget, resume: false, made: first);
        Search(budget, resume: true, made: again);

        again.Sum(trajectory => trajectory.Predictions).ShouldBe(Steps, "the trajectory with full everywhere, whose outputs are compared");
        first.Sum(trajectory => trajectory.Predictions).ShouldBeGreaterThan(10 * Steps);
    }

    [Fact]
    public void Seconds_that_were_measured_stay_what_they_were()
    {
        var budget = new PlanBudget { Seconds = 1000 };
        var whole = Search(budget, resume: false);
        var lines = File.ReadAllLines(Path);
        File.WriteAllLines(Path, lines.TakeWhile(line => !line.Contains("\"psnr\"", StringComparison.Ordinal)));

        Describe(Search(budget, resume: true)).ShouldBe(Describe(whole));
        File.ReadAllLines(Path).ShouldBe(lines);
    }

    [Fact]
    public void A_log_of_other_settings_weights_or_samples_is_refused_and_stays_as_it_is()
    {
        var budget = new PlanBudget { AttentionFlops = 0.6 };
        Search(budget, resume: false);
        var before = File.ReadAllBytes(Path);

        Refused(() => Search(budget with { AttentionFlops = 0.5 }, resume: true)).ShouldContain("budget is '0.6   ' there and '0.5   ' here");
        Refused(() => Search(budget, resume: true, rounds: 2)).ShouldContain("refinement is '1 rounds");
        Refused(() => Search(budget, resume: false)).ShouldContain("holds a search already");
        using (no_grad())
        {
            _start.mul_(2);
            Refused(() => Search(budget, resume: true)).ShouldContain("latents is");
            _start.div_(2);
            _heldOut.mul_(2);
            Refused(() => Search(budget, resume: true)).ShouldContain("held out is");
            _heldOut.div_(2);
            _model.parameters().First().mul_(1.5);
        }

        Refused(() => Search(budget, resume: true)).ShouldContain("another output at step 0");
        File.ReadAllBytes(Path).ShouldBe(before);

        static string Refused(Action search) => Should.Throw<SearchLogException>(search).Message;
    }

    [Theory]
    [InlineData("\"kind\":\"result\"", "\"kind\":\"reslut\"")]
    [InlineData("\"shape\":[2,32,16]", "\"shape\":[2,32,15]")]
    [InlineData("\"dtype\":\"Float32\"", "\"dtype\":\"Text\"")]
    [InlineData("\"of\":\"step 1, ast, age 1\"", "\"of\":\"step 1, ast, age 2\"")]
    public void A_damaged_log_is_refused_with_its_line(string text, string damaged)
    {
        var budget = new PlanBudget { AttentionFlops = 0.6 };
        Search(budget, resume: false);
        var log = File.ReadAllText(Path);
        var at = log.IndexOf(text, StringComparison.Ordinal);
        at.ShouldBeGreaterThan(0);
        File.WriteAllText(Path, log[..at] + damaged + log[(at + text.Length)..]);

        Should.Throw<SearchLogException>(() => Search(budget, resume: true)).Message.ShouldContain("does not follow from the lines before it");
    }

    private BudgetSearchResult Search(PlanBudget budget, bool resume, bool useLog = true, int rounds = 1, List<ToyTrajectory>? made = null)
    {
        using var log = useLog ? SearchLog.Open(Path, resume) : null;
        var options = new BudgetSearchOptions { Rounds = rounds, Groups = [1, 2], Probes = 2, Strategies = ["ast", "wars"] };
        var search = new BudgetPlanSearch(_attached, () => Begin(_start), 32, (full, other) => PeakSignalToNoise.PerSample(full, other, dataRange: 2), options, () => Begin(_heldOut));
        return search.Find(budget, log: log).ShouldNotBeNull();

        ToyTrajectory Begin(Tensor start)
        {
            var trajectory = new ToyTrajectory(_model, start, Steps, Guidance.ConditionalFirst);
            made?.Add(trajectory);
            return trajectory;
        }
    }

    private GuardedPlan Guard(AttentionPlan plan, double? limit, bool resume, bool useLog = true, List<ToyTrajectory>? made = null)
    {
        using var log = useLog ? SearchLog.Open(Path, resume) : null;
        return PlanGuard.Guard(
            _attached, Begin, plan, PlanPrices.MultiplyAccumulates(_attached, 32), limit, (full, other) => PeakSignalToNoise.PerSample(full, other, dataRange: 2), log: log);

        ToyTrajectory Begin()
        {
            var trajectory = new ToyTrajectory(_model, _start, Steps, Guidance.ConditionalFirst);
            made?.Add(trajectory);
            return trajectory;
        }
    }

    private static string Describe(BudgetSearchResult result)
        => string.Join('\n', result.Candidates.Prepend(result.Best).Select(plan => FormattableString.Invariant($"{PlanFile.Write(plan.Plan)} {plan.Psnr:R} {plan.WorstPsnr:R}")))
            + FormattableString.Invariant($" {result.ForwardEquivalents:R}");
}
