using System.Runtime.InteropServices;

namespace DiTFastAttn.Cli.Tests.Launcher;

/// <summary><c>build/torch.sh</c>: where the torch comes from, and the one line where there is none.</summary>
public sealed class TorchChoiceTests : IDisposable
{
    private static readonly Architecture Here = RuntimeInformation.ProcessArchitecture;
    private static readonly Architecture Elsewhere = Here == Architecture.X64 ? Architecture.Arm64 : Architecture.X64;

    private readonly LauncherSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        var (status, _, errors) = Provider("DITFAST_TORCH=/no/such/folder");

        status.ShouldBe(3);
        errors.ShouldBe("ditfast: DITFAST_TORCH=/no/such/folder is not a folder: name the folder of a libtorch, with include/ and lib/.\n");
    }

    [Fact]
    public void A_folder_without_a_library_says_what_it_lacks()
    {
        Directory.CreateDirectory(_sandbox.PathOf("empty"));

        var (status, _, errors) = Provider($"DITFAST_TORCH={_sandbox.PathOf("empty")}");

        status.ShouldBe(3);
        errors.ShouldBe($"ditfast: DITFAST_TORCH={_sandbox.PathOf("empty")} has no lib/libtorch_cpu.so.\n");
    }

    [Fact]
    public void A_library_for_another_processor_is_told_from_one_for_this()
    {
        var folder = _sandbox.MakeLibtorch("foreign", Elsewhere);

        var (status, _, errors) = Provider($"DITFAST_TORCH={folder}");

        status.ShouldBe(3);
        errors.ShouldBe($"ditfast: DITFAST_TORCH={folder} holds a libtorch for {Name(Elsewhere)}, this machine is {Name(Here)} ({folder}/lib/libtorch_cpu.so).\n");
    }

    [Fact]
    public void A_file_that_is_no_library_is_not_taken_for_one()
    {
        var folder = _sandbox.MakeLibtorch("text", Here);
        File.WriteAllText(Path.Combine(folder, "lib", "libtorch_cpu.so"), "a text");

        var (status, _, errors) = Provider($"DITFAST_TORCH={folder}");

        status.ShouldBe(3);
        errors.ShouldContain("has a lib/libtorch_cpu.so that is no shared library");
    }

    [Fact]
    public void A_libtorch_that_is_too_old_gives_both_versions()
    {
        var folder = _sandbox.MakeLibtorch("old", Here, "1.12.1");

        var (status, _, errors) = Provider($"DITFAST_TORCH={folder}");

        status.ShouldBe(3);
        errors.ShouldBe($"ditfast: DITFAST_TORCH={folder} has libtorch 1.12.1, 1.13 or newer is needed.\n");
    }

    [Fact]
    public void A_named_folder_comes_before_the_feed()
    {
        FeedHasTorchSharp();
        var folder = _sandbox.MakeLibtorch("mine", Here);

        Provider($"DITFAST_TORCH={folder}").Status.ShouldBe(0);

        Chosen().ShouldContain("<TorchProvider>LibTorch</TorchProvider>");
        Report()["origin"].ShouldBe("DITFAST_TORCH");
        Report()["version"].ShouldBe("2.10.0");
        Report()["lib"].ShouldBe(Path.Combine(folder, "lib"));
        _sandbox.Calls("package search").ShouldBe(0);
    }

    [Fact]
    public void The_feed_is_asked_once_and_remembered()
    {
        if (Here != Architecture.X64)
        {
            // There the official packages have no libtorch, and nobody is asked.
            return;
        }

        FeedHasTorchSharp();

        Provider().Status.ShouldBe(0);
        Chosen().ShouldContain("<TorchProvider>TorchSharp</TorchProvider>");
        var asked = _sandbox.Calls("package search");
        asked.ShouldBe(2);
        _sandbox.Calls("restore").ShouldBe(1);

        Provider().Status.ShouldBe(0);
        _sandbox.Calls("package search").ShouldBe(asked);

        _sandbox.Write("NuGet.config", "<configuration/>");
        Provider().Status.ShouldBe(0);
        _sandbox.Calls("package search").ShouldBe(2 * asked, "another feed may give another answer");
    }

    [Theory]
    [InlineData("FAKE_FEED_LACKS=TorchSharp-cpu", "NuGet feed: no TorchSharp-cpu")]
    [InlineData("FAKE_RESTORE=1", "does not serve it")]
    public void A_feed_that_has_not_all_of_it_is_passed_over(string trouble, string reason)
    {
        if (Here != Architecture.X64)
        {
            return;
        }

        FeedHasTorchSharp();
        _sandbox.MakeLibtorch("nowhere/usr", Here);

        Provider(trouble).Status.ShouldBe(0);

        Chosen().ShouldContain("<TorchProvider>LibTorch</TorchProvider>");
        Report()["origin"].ShouldBe("installed");
        Report().All("considered")[1].ShouldContain(reason);
    }

    [Fact]
    public void Without_any_torch_one_line_says_what_to_install()
    {
        var (status, _, errors) = Provider();

        status.ShouldBe(3);
        errors.ShouldStartWith("ditfast: no torch found (DITFAST_INSTALL=0 forbids installing it): install it with 'apt-get install libtorch-dev g++");
        errors.Count(c => c == '\n').ShouldBe(1);
        Report().All("considered").Select(place => place.Split(':')[0]).ShouldBe(["DITFAST_TORCH", "NuGet feed", "installed libtorch", "Python torch"]);
    }

    [Fact]
    public void What_was_installed_just_now_is_told_from_what_was_there()
    {
        _sandbox.MakeLibtorch("package", Here);
        _sandbox.Write("nowhere/usr/empty", "");
        _sandbox.WriteProgram("sudo", """
            #!/usr/bin/env bash
            exec "${@:2}"
            """);
        _sandbox.WriteProgram("apt-get", """
            #!/usr/bin/env bash
            if [[ $1 == install ]]; then cp -r -- "$SANDBOX/package/." "$SANDBOX/nowhere/usr"; fi
            """);

        var (status, _, errors) = Provider("DITFAST_INSTALL=");

        status.ShouldBe(0, errors);
        errors.ShouldStartWith("ditfast: installing libtorch-dev g++ libopenblas0-pthread (Debian packages");
        Report()["origin"].ShouldBe("installed");
        var considered = Report().All("considered");
        considered[2].ShouldStartWith("installed libtorch, before libtorch-dev was installed: none in ");
        considered[^1].ShouldBe($"installed libtorch: 2.10.0 in {_sandbox.PathOf("nowhere/usr")}");
        considered.Count.ShouldBe(5);
    }

    [Fact]
    public void What_was_found_is_found_again_until_it_is_gone()
    {
        _sandbox.MakeLibtorch("nowhere/usr", Here);
        Provider().Status.ShouldBe(0);
        var written = File.GetLastWriteTimeUtc(_sandbox.PathOf("artifacts/torch/provider.props"));

        Provider().Status.ShouldBe(0);
        File.GetLastWriteTimeUtc(_sandbox.PathOf("artifacts/torch/provider.props")).ShouldBe(written, "a new time would mean a new build");

        Directory.Delete(_sandbox.PathOf("nowhere"), recursive: true);
        Provider().Status.ShouldBe(3);
    }

    [Fact]
    public void The_native_half_is_compiled_once_for_each_libtorch()
    {
        var one = _sandbox.MakeLibtorch("one", Here);
        var other = _sandbox.MakeLibtorch("other", Here, "2.9.0");

        var first = _sandbox.Run(["build/torch.sh", "native"], $"DITFAST_TORCH={one}");
        first.Status.ShouldBe(0);
        first.Output.Trim().ShouldEndWith("/libditfast_torch.so");
        File.Exists(first.Output.Trim()).ShouldBeTrue();
        first.Errors.ShouldBeEmpty("MSBuild reads both outputs as one");

        _sandbox.Run(["build/torch.sh", "native"], $"DITFAST_TORCH={one}").Output.ShouldBe(first.Output);
        _sandbox.Run(["build/torch.sh", "native"], $"DITFAST_TORCH={other}").Output.ShouldNotBe(first.Output);
        _sandbox.Calls("compiled").ShouldBe(2);

        // A build outside the launcher goes on with what was found last.
        _sandbox.Run(["build/torch.sh", "native"]).Status.ShouldBe(0);
        _sandbox.Calls("compiled").ShouldBe(2);
    }

    [Theory]
    [InlineData("DITFAST_TORCH_PROVIDER=Torch", "DITFAST_TORCH_PROVIDER=Torch is not known: TorchSharp or LibTorch.")]
    [InlineData("CXX=no-such-compiler", "CXX=no-such-compiler is not a program")]
    public void A_wrong_setting_is_named(string setting, string line)
    {
        _sandbox.MakeLibtorch("nowhere/usr", Here);

        var (status, _, errors) = Provider(setting);

        status.ShouldBe(setting.StartsWith("CXX", StringComparison.Ordinal) ? 3 : 2);
        errors.ShouldStartWith($"ditfast: {line}");
        errors.Count(c => c == '\n').ShouldBe(1);
    }

    private static string Name(Architecture architecture) => architecture == Architecture.X64 ? "x86_64" : "aarch64";

    private (int Status, string Output, string Errors) Provider(params string[] variables) => _sandbox.Run(["build/torch.sh", "provider"], variables);

    private string Chosen() => File.ReadAllText(_sandbox.PathOf("artifacts/torch/provider.props"));

    private LauncherReport Report() => LauncherReport.Read(_sandbox.PathOf());

    private void FeedHasTorchSharp() =>
        _sandbox.Write("feed.json", """{ "searchResult": [ { "packages": [ { "id": "TorchSharp", "version": "0.106.0" } ] } ] }""");
}
