using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.Output;

/// <summary>Files appear whole or not at all; where nothing can be written is said at once.</summary>
public sealed class OutputTests
{
    [Fact]
    public void A_file_is_replaced_whole()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.txt", "old");

        AtomicFile.WriteText(path, "new ✓");

        File.ReadAllBytes(path).ShouldBe("new ✓"u8.ToArray());
        folder.Names.ShouldBe(["a.txt"]);
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.txt", "old");

        Should.Throw<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("disk full");
        }));

        File.ReadAllText(path).ShouldBe("old");
        folder.Names.ShouldBe(["a.txt"]);
    }

    [Fact]
    public void A_result_without_numbers_for_infinity_is_not_lost()
        => JsonResult.Text(new { Psnr = double.PositiveInfinity, Name = "δ" }).ShouldBe("{\n  \"psnr\": \"Infinity\",\n  \"name\": \"δ\"\n}\n");

    [Fact]
    public void A_folder_that_can_be_made_is_not_made_before_there_is_something_to_write()
    {
        using var folder = new TemporaryFolder();

        OutputPath.CheckFolder("--out", folder["new/inner"]);

        folder.Names.ShouldBeEmpty();
    }

    [Fact]
    public void A_name_that_no_folder_can_have_is_refused()
    {
        using var folder = new TemporaryFolder();
        var name = "new/" + new string('x', 300);

        Should.Throw<UserErrorException>(() => OutputPath.CheckFolder("--out", folder[name])).Message.ShouldContain("cannot write there (");

        folder.Names.ShouldBeEmpty();
    }

    [Fact]
    public void A_folder_below_a_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", "");

        Should.Throw<UserErrorException>(() => OutputPath.CheckFolder("--out", folder["file/inner"]))
            .Message.ShouldStartWith($"--out {folder["file/inner"]}: cannot write there (");
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("plan")]
    public void An_unwritable_out_is_refused_before_any_work(string verb)
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", "");
        var plan = folder.Write("p.json", SomePlan.Text);

        var result = verb == "demo"
            ? Ditfast.Run("demo", "--out", folder["file/inner"])
            : Ditfast.Run("plan", "show", plan, "--out", folder["file/inner"]);

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldStartWith($"ditfast: --out {folder["file/inner"]}: cannot write there (");
        result.Output.ShouldBeEmpty();
    }

    [Fact]
    public void Progress_without_a_terminal_is_a_line_at_once_and_then_every_few_seconds()
    {
        using var log = new StringWriter { NewLine = "\n" };
        using (var bar = new ProgressBar(Terminal.Of(TextWriter.Null, log), "search", 100, "trials"))
        {
            for (var i = 0; i <= 100; i++)
            {
                bar.Report(i, "loss 1");
            }
        }

        log.ToString().ShouldBe("search 0/100 trials, loss 1\n");
    }
}
