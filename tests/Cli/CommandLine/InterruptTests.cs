using System.Diagnostics;
using System.Runtime.InteropServices;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.CommandLine;

/// <summary>Ctrl-C in the middle of long work, in a process of its own.</summary>
public sealed partial class InterruptTests
{
    private const int Interrupt = 2;

    [Theory]
    [InlineData("demo", "plan search")]
    [InlineData("verify", "verify 0/")]
    public async Task It_ends_with_130_and_leaves_nothing_half_written(string verb, string signOfLife)
    {
        using var folder = new TemporaryFolder();
        string[] arguments = verb == "demo"
            ? ["demo", "--out", folder["out"], "--json", folder["result.json"]]
            : ["verify", Ditfast.Fixtures("dit"), "--kind", "dit.forward", "--json", folder["result.json"]];
        using var process = Ditfast.Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        await WaitForLine(process, signOfLife);

        kill(process.Id, Interrupt).ShouldBe(0);
        var rest = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        process.ExitCode.ShouldBe(ExitStatus.Cancelled, rest);
        rest.ShouldContain("cancelled.");
        rest.ShouldNotContain("   at ");
        (await output).ShouldNotContain("passed");
        folder.Names.Where(name => name != "out").ShouldBeEmpty();
    }

    private static async Task WaitForLine(Process process, string start)
    {
        for (var line = await process.StandardError.ReadLineAsync(); line?.StartsWith(start, StringComparison.Ordinal) != true; line = await process.StandardError.ReadLineAsync())
        {
            line.ShouldNotBeNull($"the program ended before it said '{start}'");
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
