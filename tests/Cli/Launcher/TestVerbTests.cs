using System.Runtime.InteropServices;

namespace DiTFastAttn.Cli.Tests.Launcher;

/// <summary><c>./ditfast test</c>: what it counts, and that nothing which went wrong passes for success.</summary>
public sealed class TestVerbTests : IDisposable
{
    private readonly LauncherSandbox _sandbox = new();

    public TestVerbTests()
    {
        _sandbox.MakeLibtorch("nowhere/usr", RuntimeInformation.ProcessArchitecture);
        _sandbox.Write("tests/One/One.Tests.csproj", "");
        _sandbox.Write("tests/Two/Two.Tests.csproj", "");
        _sandbox.Write("tests/Two/Tests.cs", """[Trait("Category", "Slow")]""");
    }

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void Counts_are_summed_over_the_projects_and_slow_tests_come_last()
    {
        Vstest("""results Passed Passed NotExecuted""");

        var (status, output, _) = _sandbox.Run(["ditfast", "test"]);

        status.ShouldBe(0);
        LastLine(output).ShouldBe("6 passed, 0 failed, 3 skipped");
        var calls = File.ReadLines(_sandbox.PathOf("calls")).Where(call => call.StartsWith("vstest", StringComparison.Ordinal)).ToArray();
        calls.Length.ShouldBe(3);
        calls[0].ShouldContain("One.Tests.dll");
        calls[1].ShouldEndWith("--TestCaseFilter:Category!=Slow");
        calls[2].ShouldEndWith("--TestCaseFilter:Category=Slow");
        _sandbox.Calls("build DiTFastAttn.sln -c Release").ShouldBe(1);
    }

    [Fact]
    public void A_failed_test_is_shown_with_its_message()
    {
        Vstest("""if [[ $2 == */One.Tests.dll ]]; then results Passed Failed; exit 1; else results Passed; fi""");

        var (status, output, _) = _sandbox.Run(["ditfast", "test"]);

        status.ShouldBe(1);
        output.ShouldContain("FAILED Some.Test(text: \"<a> & 'b'\")");
        output.ShouldContain("expected <1>\n      but was 2");
        output.ShouldContain("at Some.Test() in Some.cs:line 3");
        output.ShouldContain("failed in: tests/One\n");
        LastLine(output).ShouldBe("3 passed, 1 failed");
    }

    [Theory]
    [InlineData("""results Passed; echo 'Test Run Aborted.'; exit 1""", "the test host died")]
    [InlineData("""echo 'no such file'; exit 1""", "the run failed, exit status 1: no such file")]
    [InlineData("""results Passed; exit 7""", "the run failed, exit status 7")]
    public void A_host_that_dies_counts_as_failed(string vstest, string reason)
    {
        Vstest($"if [[ $2 == */One.Tests.dll ]]; then {vstest}; else results Passed; fi");

        var (status, output, _) = _sandbox.Run(["ditfast", "test"]);

        status.ShouldBe(1);
        output.ShouldContain($"FAILED tests/One as a whole: {reason}");
        LastLine(output).ShouldMatch("^[23] passed, 1 failed$");
    }

    [Theory]
    [InlineData("Window", "--TestCaseFilter:FullyQualifiedName~Window")]
    [InlineData("Name=A|Name=B", "--TestCaseFilter:Name=A|Name=B")]
    public void A_filter_is_a_part_of_a_name_or_an_expression(string filter, string expected)
    {
        Vstest("""results Passed""");

        _sandbox.Run(["ditfast", "test", filter]).Status.ShouldBe(0);

        var calls = File.ReadLines(_sandbox.PathOf("calls")).Where(call => call.StartsWith("vstest", StringComparison.Ordinal)).ToArray();
        calls[0].ShouldEndWith(expected.Replace(":", ":(", StringComparison.Ordinal) + ")");
        calls[1].ShouldEndWith(expected.Replace(":", ":(", StringComparison.Ordinal) + ")&Category!=Slow");
    }

    [Fact]
    public void A_filter_that_matches_nothing_is_no_success()
    {
        Vstest("""results""");

        var (status, output, errors) = _sandbox.Run(["ditfast", "test", "Nope"]);

        status.ShouldBe(2);
        errors.ShouldContain("no test matches 'FullyQualifiedName~Nope'");
        LastLine(output).ShouldBe("0 passed, 0 failed");
    }

    [Fact]
    public void An_unknown_option_is_named_before_anything_is_built()
    {
        var (status, _, errors) = _sandbox.Run(["ditfast", "test", "--bogus"]);

        status.ShouldBe(2);
        errors.ShouldBe("ditfast: test: option --bogus is not known; the only argument is a filter: ./ditfast test [FILTER]\n");
        _sandbox.Calls("build").ShouldBe(0);
    }

    private static string LastLine(string output) => output.TrimEnd('\n').Split('\n')[^1];

    // The stand-in for vstest: `results OUTCOME…` writes a .trx file as vstest writes it.
    private void Vstest(string script) => _sandbox.Write("vstest.sh", """
        results() {
          local file outcome
          for argument in "${arguments[@]}"; do case $argument in --logger:*LogFileName=*) file=${argument#*LogFileName=} ;; --ResultsDirectory:*) folder=${argument#*:} ;; esac; done
          {
            echo '<?xml version="1.0" encoding="utf-8"?>'
            echo '<TestRun><Results>'
            for outcome in "$@"; do
              echo "<UnitTestResult testName=\"Some.Test(text: &quot;&lt;a&gt; &amp; 'b'&quot;)\" outcome=\"$outcome\">"
              echo '<Output><ErrorInfo><Message>expected &lt;1&gt;'
              echo 'but was 2</Message><StackTrace>   at Some.Test() in Some.cs:line 3'
              echo '   at Elsewhere()</StackTrace></ErrorInfo></Output></UnitTestResult>'
            done
            echo '</Results></TestRun>'
          } >"$folder/$file"
        }
        arguments=("$@")

        """ + script + "\n");
}
