using DiTFastAttn.Hosting.Search;
using DiTFastAttn.Processors;
using DiTFastAttn.Processors.Kernels;
using static TorchSharp.torch;

namespace DiTFastAttn.Hosting.Tests;

public sealed class SearchLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ditfast-log-").FullName;
    private readonly ToyModel _model;
    private readonly AttachedModel _attached;
    private readonly Tensor _start;
    private readonly GreedySearchOptions _options = new() { Threshold = 0.3 };

    public SearchLogTests()
    {
        manual_seed(1);
        _model = new ToyModel(depth: 3);
        _attached = AttachedModel.Attach(_model, new ProcessorCatalog(), AttentionKernels.Default, AttentionWindow.Paper);
        _start = randn(2, 32, 16);
    }

    private string Path => System.IO.Path.Combine(_folder, "search.log");

    public void Dispose()
    {
        _attached.Dispose();
        _model.Dispose();
        _start.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_search_that_is_cut_off_at_any_byte_goes_on_and_ends_with_the_same_bits(bool reusesBlocks)
    {
        var options = _options with { ReusesBlocks = reusesBlocks };
        var (whole, bits) = Search(options, resume: false);
        var log = File.ReadAllBytes(Path);
        var random = new Random(5);
        int[] cuts = [0, 1, log.Length - 1, log.Length, .. Enumerable.Range(0, 30).Select(_ => random.Next(log.Length))];

        foreach (var cut in cuts)
        {
            File.WriteAllBytes(Path, log[..cut]);

            var (result, again) = Search(options, resume: true);

            result.Plan.Rows.SelectMany(row => row).ShouldBe(whole.Plan.Rows.SelectMany(row => row));
            result.Trials.ShouldBe(whole.Trials, $"cut at byte {cut}");
            again.ShouldBe(bits);
            Lines().ShouldBe(WithoutSeconds(System.Text.Encoding.UTF8.GetString(log)));
        }
    }

    [Fact]
    public void A_search_in_batches_goes_on_too()
    {
        using var start = randn(3, 32, 16);
        var (whole, bits) = Run(resume: false);
        var written = File.ReadAllBytes(Path);
        var random = new Random(6);
        foreach (var cut in Enumerable.Range(0, 15).Select(_ => random.Next(written.Length)))
        {
            File.WriteAllBytes(Path, written[..cut]);
            var (result, again) = Run(resume: true);
            result.Trials.ShouldBe(whole.Trials, $"cut at byte {cut}");
            again.ShouldBe(bits);
        }

        (GreedySearchResult Result, float[] Bits) Run(bool resume)
        {
            using var log = SearchLog.Open(Path, resume);
            using var one = new ToyTrajectory(_model, start.narrow(0, 0, 1), 5, Guidance.ConditionalFirst);
            using var two = new ToyTrajectory(_model, start.narrow(0, 1, 2), 5, Guidance.ConditionalFirst);
            var result = GreedyPlanSearch.Search(_attached, [one, two], _options, log: log);
            using var latents = two.Latents();
            return (result, latents.data<float>().ToArray());
        }
    }

    [Fact]
    public void A_finished_log_is_gone_through_without_a_trial()
    {
        var (first, _) = Search(_options, resume: false);
        var (again, _) = Search(_options, resume: true);

        again.Trials.ShouldBe(first.Trials);
        again.BlockEvaluations.ShouldBe(5 * 3, "the five real calls only");
    }

    [Fact]
    public void Two_searches_do_not_write_one_log()
    {
        using var first = SearchLog.Open(Path, resume: false);

        Should.Throw<SearchLogException>(() => SearchLog.Open(Path, resume: true)).Message.ShouldContain("another search writes it");
    }

    [Fact]
    public void A_log_that_holds_something_is_not_written_over_unless_resumed()
    {
        Search(_options, resume: false);
        var before = File.ReadAllBytes(Path);

        Should.Throw<SearchLogException>(() => SearchLog.Open(Path, resume: false)).Message.ShouldContain("resume it");
        File.ReadAllBytes(Path).ShouldBe(before);
    }

    [Fact]
    public void A_log_of_other_settings_is_refused_and_stays_as_it_is()
    {
        Search(_options, resume: false);
        var before = File.ReadAllBytes(Path);

        Should.Throw<SearchLogException>(() => Search(_options with { Threshold = 0.2 }, resume: true)).Message.ShouldContain("threshold is '0.3' there and '0.2' here");
        Should.Throw<SearchLogException>(() => Search(_options with { Loss = PlanLoss.Paper }, resume: true)).Message.ShouldContain("loss is 'official'");
        File.ReadAllBytes(Path).ShouldBe(before);
    }

    [Fact]
    public void A_log_of_a_model_with_other_weights_is_refused_at_its_first_output()
    {
        Search(_options, resume: false);
        var before = File.ReadAllBytes(Path);
        using (no_grad())
        {
            foreach (var parameter in _model.parameters())
            {
                parameter.mul_(1.5);
            }
        }

        Should.Throw<SearchLogException>(() => Search(_options, resume: true)).Message.ShouldContain("another output at step 0");
        File.ReadAllBytes(Path).ShouldBe(before);
    }

    [Theory]
    [InlineData("no json\n", "line 1 is not JSON")]
    [InlineData("[1]\n", "line 1 is not JSON")]
    [InlineData("{\"kind\":\"trial\"}\n", "line 1 does not follow")]
    [InlineData("{\"kind\":\"search\",\"format\":\"other/1\"}\n", "format is 'other/1' there")]
    public void What_is_no_log_of_a_search_is_refused(string text, string expected)
    {
        File.WriteAllText(Path, text);

        Should.Throw<SearchLogException>(() => Search(_options, resume: true)).Message.ShouldContain(expected);
        File.ReadAllText(Path).ShouldBe(text);
    }

    [Fact]
    public void A_full_disk_is_told_and_what_was_written_resumes()
    {
        var (whole, bits) = Search(_options, resume: false);
        var size = File.ReadAllBytes(Path).Length;
        File.Delete(Path);
        using (var log = new SearchLog(new SmallDisk(Path, size / 2), "small"))
        using (var trajectory = new ToyTrajectory(_model, _start, 5, Guidance.ConditionalFirst))
        {
            Should.Throw<SearchLogException>(() => GreedyPlanSearch.Search(_attached, trajectory, _options, log: log))
                .Message.ShouldContain("cannot be written (No space left on device)");
        }

        var (result, again) = Search(_options, resume: true);

        result.Trials.ShouldBe(whole.Trials);
        again.ShouldBe(bits);
    }

    private (GreedySearchResult Result, float[] Bits) Search(GreedySearchOptions options, bool resume)
    {
        using var log = SearchLog.Open(Path, resume);
        using var trajectory = new ToyTrajectory(_model, _start, 5, Guidance.ConditionalFirst);
        var result = GreedyPlanSearch.Search(_attached, trajectory, options, log: log);
        using var latents = trajectory.Latents();
        return (result, latents.data<float>().ToArray());
    }

    private IEnumerable<string> Lines() => WithoutSeconds(File.ReadAllText(Path));

    private static IEnumerable<string> WithoutSeconds(string log)
        => log.Split('\n').Select(line => line.IndexOf(",\"seconds\"", StringComparison.Ordinal) is var at && at >= 0 ? line[..at] : line);

    /// <summary>A file on a disk that fills up in the middle of a line.</summary>
    private sealed class SmallDisk(string path, int room) : FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fits = (int)Math.Min(buffer.Length, room - Position);
            base.Write(buffer[..fits]);
            Flush();
            if (fits < buffer.Length)
            {
                throw new IOException("No space left on device");
            }
        }
    }
}
