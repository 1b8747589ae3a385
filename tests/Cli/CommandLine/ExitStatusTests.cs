using System.CommandLine;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.CommandLine;

/// <summary>What ends a verb decides the exit status and what is printed.</summary>
public sealed class ExitStatusTests
{
    public static TheoryData<Exception, int, string> Failures => new()
    {
        { new UserErrorException("--labels 99: give 0 to 9."), 2, "ditfast: --labels 99: give 0 to 9.\n" },
        { new PlanMismatchException("steps: the plan has 20, the run 50."), 2, "ditfast: steps: the plan has 20, the run 50.\n" },
        { new WeightFileException("weights 'a': too short."), 2, "ditfast: weights 'a': too short.\n" },
        { new UnauthorizedAccessException("Access to the path '/x' is denied."), 2, "ditfast: Access to the path '/x' is denied.\n" },
        { new FileNotFoundException("Could not find file '/x'."), 2, "ditfast: Could not find file '/x'.\n" },
        { new MachineLacksException("no CUDA here."), 3, "ditfast: no CUDA here.\n" },
        { new DllNotFoundException("libtorch does not load\nat all."), 3, "ditfast: libtorch does not load at all. './ditfast doctor' says what is missing and how to get it.\n" },
        { new TypeInitializationException("x", new DllNotFoundException("see doctor.")), 3, "ditfast: see doctor.\n" },
        { new OperationCanceledException(), 130, "ditfast: cancelled.\n" },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void A_failure_has_its_status_and_line(Exception failure, int status, string log)
    {
        var result = Ditfast.Run(RootWith(_ => throw failure), ["work"]);

        result.Status.ShouldBe(status);
        result.Log.ShouldBe(log);
        result.Output.ShouldBeEmpty();
    }

    [Fact]
    public void A_bug_shows_its_stack_trace()
    {
        var result = Ditfast.Run(RootWith(_ => throw new InvalidOperationException("impossible")), ["work"]);

        result.Status.ShouldBe(70);
        result.Log.ShouldContain("InvalidOperationException: impossible");
        result.Log.ShouldContain("   at " + typeof(ExitStatusTests).FullName);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_verbs_own_status_is_the_programs(int status) => Ditfast.Run(RootWith(_ => status), ["work"]).Status.ShouldBe(status);

    [Fact]
    public void A_cancelled_call_ends_with_130()
    {
        using var source = new CancellationTokenSource();
        var root = RootWith(call =>
        {
            source.Cancel();
            call.Cancellation.ThrowIfCancellationRequested();
            return 0;
        });

        Ditfast.Run(root, ["work"], source.Token).Status.ShouldBe(ExitStatus.Cancelled);
    }

    [Theory]
    [InlineData("missing/result.json", "there is no folder")]
    [InlineData("", "is a folder; give a file")]
    public void An_impossible_json_file_is_refused_before_any_work(string file, string expected)
    {
        using var folder = new TemporaryFolder();
        var worked = false;

        var result = Ditfast.Run(RootWith(_ => { worked = true; return 0; }), ["work", "--json", folder[file]]);

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldContain("--json " + folder[file]);
        result.Log.ShouldContain(expected);
        worked.ShouldBeFalse();
    }

    [Fact]
    public void A_result_is_written_as_snake_case()
    {
        using var folder = new TemporaryFolder();

        Ditfast.Run(RootWith(call => { call.WriteJson(new Answer(1.5, double.PositiveInfinity)); return 0; }), ["work", "--json", folder["a.json"]]);

        File.ReadAllText(folder["a.json"]).ShouldBe("{\n  \"full_seconds\": 1.5,\n  \"psnr\": \"Infinity\"\n}\n");
        folder.Names.ShouldBe(["a.json"]);
    }

    private static RootCommand RootWith(Func<VerbCall, int> work) => new("test") { new WorkVerb(work) };

    private sealed record Answer(double FullSeconds, double Psnr);

    private sealed class WorkVerb : Verb
    {
        private readonly Func<VerbCall, int> _work;

        public WorkVerb(Func<VerbCall, int> work)
            : base("work", "Work.")
        {
            _work = work;
            Add(CommonOptions.Json);
        }

        public override int Run(VerbCall call) => _work(call);
    }
}
