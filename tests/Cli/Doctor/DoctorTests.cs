using System.Text.Json;

namespace DiTFastAttn.Cli.Tests.Doctor;

/// <summary><c>doctor</c> where the program runs.</summary>
public sealed class DoctorTests
{
    [Fact]
    public void The_launchers_report_is_read_line_by_line()
    {
        var report = LauncherReport.Parse(["provider=LibTorch", "considered=one: a=b", "", "no line of the report", "considered=two", "lib="]);

        report["provider"].ShouldBe("LibTorch");
        report.All("considered").ShouldBe(["one: a=b", "two"]);
        report["lib"].ShouldBeNull();
        report["absent"].ShouldBeNull();
    }

    [Fact]
    public void A_checkout_without_a_report_has_an_empty_one()
    {
        LauncherReport.Read(Path.Combine(Path.GetTempPath(), "no-such-checkout"))["provider"].ShouldBeNull();
        LauncherReport.Read(root: null).All("considered").ShouldBeEmpty();
    }

    [Fact]
    public void On_a_machine_that_runs_this_test_nothing_is_missing()
    {
        var report = Examination.Examine();

        report.Missing.ShouldBeEmpty();
        report.Ok.ShouldBeTrue();
        report.Sdk.ShouldNotBeNull().ShouldStartWith("10.");
        report.TorchProvider.ShouldBeOneOf("TorchSharp", "LibTorch");
        report.TorchVersion.ShouldNotBeNull().ShouldMatch(@"^\d+\.\d+");
        report.Devices[0].ShouldBe("cpu");
        report.Threads.ShouldBeGreaterThan(0);
        report.Kernel.ShouldBe(DiTFastAttn.Processors.Kernels.AttentionKernels.Cpu.Name);
        report.InstructionSets.Contains("avx2").ShouldBe(System.Runtime.Intrinsics.X86.Avx2.IsSupported);
        report.Blas.ShouldNotBeEmpty();
    }

    [Fact]
    public void What_is_missing_stands_in_the_lines_and_in_the_JSON()
    {
        var report = new DoctorReport
        {
            Sdk = null,
            Runtime = "10.0.0",
            TorchProvider = "LibTorch",
            TorchVersion = null,
            TorchFolder = "/opt/libtorch/lib",
            TorchReason = "DITFAST_TORCH names it",
            TorchConsidered = ["DITFAST_TORCH: libtorch 2.9.0 in /opt/libtorch"],
            Devices = [],
            Processor = "a processor",
            InstructionSets = [],
            Kernel = "cpu-portable",
            KeyBlock = 128,
            Blas = "inside libtorch",
            BlasCore = null,
            Threads = 0,
            Missing = ["a .NET SDK", "a torch that works"],
            Advice = ["more cores"],
        };

        var lines = report.ToLines().ToArray();
        lines.ShouldContain("  torch      LibTorch, does not load, in /opt/libtorch/lib");
        lines.ShouldContain("             because DITFAST_TORCH names it:");
        lines.ShouldContain("  advice     more cores");
        lines[^2..].ShouldBe(["  missing    a .NET SDK", "  missing    a torch that works"]);

        using var json = JsonDocument.Parse(JsonResult.Text(report));
        json.RootElement.GetProperty("ok").GetBoolean().ShouldBeFalse();
        json.RootElement.GetProperty("torch_version").ValueKind.ShouldBe(JsonValueKind.Null);
        json.RootElement.GetProperty("missing").GetArrayLength().ShouldBe(2);
    }
}
