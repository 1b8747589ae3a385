using System.Runtime.InteropServices;
using System.Text.Json;

namespace DiTFastAttn.Cli.Tests.Launcher;

/// <summary><c>./ditfast</c>: when it builds, what it passes on, and what it says where it cannot.</summary>
public sealed class StartTests : IDisposable
{
    private readonly LauncherSandbox _sandbox = new();

    public StartTests() => _sandbox.MakeLibtorch("nowhere/usr", RuntimeInformation.ProcessArchitecture);

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void Arguments_and_exit_status_pass_through()
    {
        var (status, output, _) = _sandbox.Run(["ditfast", "bench", "a b", "--x=$y", ""], "FAKE_PROGRAM=130");

        output.ShouldBe("[bench][a b][--x=$y][]");
        status.ShouldBe(130);
    }

    [Theory]
    [InlineData(">&-", "")]
    [InlineData("2>&-", "[bench]")]
    public void Closed_outputs_pass_through(string closed, string output)
    {
        var launcher = _sandbox.PathOf("ditfast");
        _sandbox.Write("closed.sh", $"exec bash '{launcher}' bench {closed}");

        var (status, written, errors) = _sandbox.Run(["closed.sh"]);

        status.ShouldBe(0, errors);
        written.ShouldBe(output);
    }

    [Fact]
    public void Only_a_change_is_built()
    {
        Start();
        _sandbox.Calls("build").ShouldBe(1);
        _sandbox.Calls("compiled").ShouldBe(1);

        Start().Errors.ShouldBeEmpty();
        _sandbox.Calls("build").ShouldBe(1, "nothing changed");

        _sandbox.Write("src/Models/New.cs", "// new");
        Start();
        _sandbox.Calls("build").ShouldBe(2, "a new file");

        _sandbox.Write("src/Models/New.cs", "// longer than it was");
        Start();
        _sandbox.Calls("build").ShouldBe(3, "a changed file");

        File.Delete(_sandbox.PathOf("src/Models/New.cs"));
        Start();
        _sandbox.Calls("build").ShouldBe(4, "a deleted file");

        _sandbox.Write("src/Models/obj/Generated.cs", "// an output");
        _sandbox.Write("tests/Models/Test.cs", "// not part of the program");
        Start();
        _sandbox.Calls("build").ShouldBe(4, "outputs and tests");

        _sandbox.Write("src/Cli/bin/Release/net10.0/ditfast.dll", "built by somebody else");
        Start();
        _sandbox.Calls("build").ShouldBe(5, "the program is not the one that was built here");

        _sandbox.MakeLibtorch("other", RuntimeInformation.ProcessArchitecture, "2.9.0");
        Start($"DITFAST_TORCH={_sandbox.PathOf("other")}");
        _sandbox.Calls("build").ShouldBe(6, "another libtorch");
        _sandbox.Calls("compiled").ShouldBe(2);
    }

    [Fact]
    public async Task Two_starts_at_a_time_build_once()
    {
        var starts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => Start())));

        starts.ShouldAllBe(start => start.Status == 0 && start.Output == "[demo]");
        _sandbox.Calls("build").ShouldBe(1);
        _sandbox.Calls("compiled").ShouldBe(1);
    }

    [Fact]
    public void A_build_that_fails_shows_the_errors_once_and_is_tried_again()
    {
        const string line = "src/Cli/Program.cs(1,1): error CS1002: ; expected";

        var (status, output, errors) = Start($"FAKE_BUILD_ERROR={line} [/x/Cli.csproj]\n{line} [/x/Cli.csproj]");

        status.ShouldBe(70);
        output.ShouldBeEmpty();
        errors.Split('\n').Count(l => l == line).ShouldBe(1);
        Start().Status.ShouldBe(0);
    }

    [Fact]
    public void A_package_that_cannot_be_had_is_the_machines_lack()
    {
        var (status, _, errors) = Start("FAKE_BUILD_ERROR=Cli.csproj : error NU1101: Unable to find package Spectre.Console.");

        status.ShouldBe(3);
        errors.ShouldContain("Unable to find package Spectre.Console");
        errors.ShouldContain("'dotnet nuget list source' shows the feeds");
    }

    [Fact]
    public void Without_an_SDK_one_line_says_where_to_get_it()
    {
        var (status, _, errors) = Start("FAKE_NO_SDK=1");

        status.ShouldBe(3);
        errors.ShouldStartWith("ditfast: no .NET SDK 10 found");
        errors.ShouldContain("https://dotnet.microsoft.com/download/dotnet/10.0");
        errors.Count(c => c == '\n').ShouldBe(1);
    }

    [Fact]
    public void A_checkout_that_cannot_be_written_to_is_named()
    {
        _sandbox.Write("artifacts", "a file where the folder would be");

        var (status, _, errors) = Start();

        status.ShouldBe(2);
        errors.ShouldStartWith($"ditfast: cannot write to {_sandbox.PathOf("artifacts/launcher")}, ");
        errors.Count(c => c == '\n').ShouldBe(1);
    }

    [Fact]
    public void A_named_folder_that_is_not_there_ends_the_start()
    {
        var (status, output, errors) = Start("DITFAST_TORCH=/no/such/folder");

        status.ShouldBe(3);
        output.ShouldBeEmpty();
        errors.ShouldStartWith("ditfast: DITFAST_TORCH=/no/such/folder is not a folder");
        errors.Count(c => c == '\n').ShouldBe(1);
    }

    [Fact]
    public void The_doctor_works_where_nothing_else_does()
    {
        Directory.Delete(_sandbox.PathOf("nowhere"), recursive: true);

        var (status, output, errors) = _sandbox.Run(["ditfast", "doctor", "--json", _sandbox.PathOf("report.json")]);

        status.ShouldBe(3);
        output.ShouldContain("NuGet feed: ");
        output.ShouldContain("missing    no torch found (./ditfast demo installs it where it may)");
        errors.ShouldStartWith("ditfast: no torch found");
        using var report = JsonDocument.Parse(File.ReadAllText(_sandbox.PathOf("report.json")));
        report.RootElement.GetProperty("ok").GetBoolean().ShouldBeFalse();
        report.RootElement.GetProperty("sdk").GetString().ShouldBe("10.0.100");
        report.RootElement.GetProperty("torch_considered").GetArrayLength().ShouldBe(4);
        report.RootElement.GetProperty("missing")[0].GetString().ShouldNotBeNull().ShouldStartWith("no torch found");
    }

    private (int Status, string Output, string Errors) Start(params string[] variables) => _sandbox.Run(["ditfast", "demo"], variables);
}
