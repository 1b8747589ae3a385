using System.Diagnostics;
using System.Runtime.InteropServices;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;
using DiTFastAttn.Models.Training;

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
        folder.Names.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_training_keeps_its_last_step()
    {
        using var folder = new TemporaryFolder();
        using var process = Ditfast.Start("train", "shapes", "--stages", "16:10000:2", "--out", folder["out"], "--json", folder["result.json"]);
        await WaitForLine(process, "train 16x16");

        kill(process.Id, Interrupt).ShouldBe(0);
        var rest = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        process.ExitCode.ShouldBe(ExitStatus.Cancelled, rest);
        folder.Names.ShouldBe(["out", "out/checkpoint.safetensors"]);
        using var trainer = ShapesTrainer.Resume(folder["out/checkpoint.safetensors"]);
        trainer.StepsDone.ShouldBeGreaterThan(0);
        trainer.Losses.Count.ShouldBe(trainer.StepsDone);
    }

    [Fact]
    public async Task A_generation_keeps_its_finished_pictures_and_goes_on_behind_them()
    {
        const int MoreThanItGetsTo = 20_000;
        using var folder = new TemporaryFolder();
        var model = SomeModel.Save(folder["m.safetensors"]);
        using var process = Ditfast.Start(Generation(MoreThanItGetsTo));
        var output = process.StandardOutput.ReadToEndAsync();
        await WaitForLine(process, "generate ");
        while (!File.Exists(folder["out/00001.png"]) && !process.HasExited)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        kill(process.Id, Interrupt).ShouldBe(0);
        var rest = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        process.ExitCode.ShouldBe(ExitStatus.Cancelled, rest);
        rest.Split('\n').ShouldContain("ditfast: cancelled.");
        rest.ShouldNotContain("   at ");
        (await output).ShouldBeEmpty();
        folder.Names.ShouldNotContain("s.json");
        var kept = Directory.GetFiles(folder["out"]).Order(StringComparer.Ordinal).ToList();
        kept.Select(Path.GetFileName).ShouldBe(Enumerable.Range(0, kept.Count).Select(i => $"{i:00000}.png"), "pictures, in order, and nothing else");
        kept.Count.ShouldBeInRange(2, MoreThanItGetsTo - 1);
        kept.ShouldAllBe(file => PictureReader.Read(file).Width == SomeModel.Config.InputSize && PngText.Read(file).ContainsKey("ditfast"));
        var before = kept.ConvertAll(File.GetLastWriteTimeUtc);

        var resumed = Ditfast.Run([.. Generation(kept.Count + 2), "--resume"]);

        resumed.Status.ShouldBe(ExitStatus.Done, resumed.Log);
        resumed.Output.ShouldStartWith("2 pictures in ");
        resumed.Output.ShouldContain($", {kept.Count} there already");
        kept.ConvertAll(File.GetLastWriteTimeUtc).ShouldBe(before);
        Directory.GetFiles(folder["out"]).Length.ShouldBe(kept.Count + 2);

        string[] Generation(int pictures) =>
            ["generate", model, "--label", "0", "--n", $"{pictures}", "--n-steps", "2", "--threads", "1", "--out", folder["out"], "--json", folder["s.json"]];
    }

    [Fact]
    public async Task What_cannot_be_saved_on_the_way_out_is_said_in_a_line()
    {
        using var folder = new TemporaryFolder();
        using var process = Ditfast.Start("train", "shapes", "--stages", "16:10000:2", "--out", folder["out"]);
        await WaitForLine(process, "train 16x16");
        Directory.CreateDirectory(folder["out/checkpoint.safetensors"]);

        kill(process.Id, Interrupt).ShouldBe(0);
        var rest = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        process.ExitCode.ShouldBe(ExitStatus.Cancelled, rest);
        rest.ShouldContain("ditfast: cancelled.");
        rest.ShouldContain("checkpoint.safetensors");
        rest.ShouldNotContain("   at ");
        folder.Names.ShouldBe(["out", "out/checkpoint.safetensors"]);
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
