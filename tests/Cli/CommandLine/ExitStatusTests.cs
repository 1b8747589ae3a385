using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text;
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
        {
            new ExternalException("DefaultCPUAllocator: can't allocate memory: you tried to allocate 153600 bytes. Error code 12\n#0 a frame"), 3,
            "ditfast: not enough memory (DefaultCPUAllocator: can't allocate memory: you tried to allocate 153600 bytes. Error code 12): ask for less at a time, or use a machine with more.\n"
        },
        { new OutOfMemoryException("no more."), 3, "ditfast: not enough memory (no more.): ask for less at a time, or use a machine with more.\n" },
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

    [Fact]
    public void More_memory_than_there_can_be_is_the_machines_lack()
    {
        const string Many = "2000000000";

        var result = Ditfast.Run("bench", "attention", "--length", Many, "--heads", Many, "--batch", Many, "--strategy", "full", "--layer", "kernel");

        result.Status.ShouldBe(ExitStatus.MachineLacks, result.Log);
        result.Log.ShouldContain("ditfast: not enough memory (");
    }

    [Fact]
    public void A_stdout_that_takes_nothing_ends_the_help_in_one_line()
    {
        using var log = new StringWriter { NewLine = "\n" };
        using var full = new FullWriter();

        Program.Run(["--help"], Terminal.Of(full, log), CancellationToken.None, Verbs.MakeRoot()).ShouldBe(ExitStatus.UserError);

        log.ToString().ShouldBe("ditfast: No space left on device\n");
    }

    [Theory]
    [InlineData("--help", ">&-", ExitStatus.Done)]
    [InlineData("nosuch", "2>&-", ExitStatus.UserError)]
    [InlineData("nosuch", ">&- 2>&-", ExitStatus.UserError)]
    public void An_output_that_is_closed_is_left_out(string arguments, string closed, int status)
    {
        using var process = Ditfast.StartWith(closed, arguments);
        var output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();

        process.ExitCode.ShouldBe(status);
        output.ShouldNotContain("denied");
        output.ShouldNotContain("Unhandled");
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

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/stdout")]
    public void A_device_is_not_replaced_by_a_file(string device)
    {
        var result = Ditfast.Run(RootWith(_ => 0), ["work", "--json", device]);

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldBe($"ditfast: --json {device}: is a device, which a file would replace; give a file.\n");
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

    private sealed class FullWriter : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new IOException("No space left on device");
    }

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
