using DiTFastAttn.Cli.Search;
using DiTFastAttn.Cli.Tests.Testing;

namespace DiTFastAttn.Cli.Tests.Search;

public sealed class SearchProgressTests
{
    [Fact]
    public void A_person_sees_the_plan_above_the_bar_drawn_over_at_one_place_and_gone_at_the_end()
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var log = new StringWriter { NewLine = "\n" };
        using (var progress = new SearchProgress(Terminal.Of(output, log, isInteractive: true), "plan search"))
        {
            progress.Report(0);
            log.ToString().ShouldNotContain("blocks.0.attn", Case.Sensitive, "no plan yet");
            progress.Show(SomePlan.Plan with { Rows = [.. SomePlan.Plan.Rows.Take(2)] });
            progress.Report(0.5);
            Thread.Sleep(250);
            progress.Show(SomePlan.Plan);
            progress.Report(0.75);
        }

        var text = log.ToString();
        text.ShouldContain("blocks.0.attn  Fw\n");
        text.ShouldContain("blocks.1.attn  Ft\n");
        text.ShouldContain("\e[4A", Case.Sensitive, "up over ruler, two sites and legend");
        text.ShouldContain("blocks.0.attn  Fwcx\n");
        text.ShouldContain("blocks.1.attn  Ftaw\n");
        text.ShouldContain("plan search [");
        text.ShouldEndWith("\r\e[4A\e[0J");
        output.ToString().ShouldBeEmpty();
    }

    [Fact]
    public void A_log_has_lines_with_the_last_steps_letters_and_no_escape()
    {
        using var log = new StringWriter { NewLine = "\n" };
        using (var progress = new SearchProgress(Terminal.Of(TextWriter.Null, log), "plan search"))
        {
            progress.Show(SomePlan.Plan);
            progress.Report(0.5);
            progress.Report(0.6);
        }

        log.ToString().ShouldBe("plan search 500/1000 parts of a thousand, " + log.ToString().Split(", ", 2)[1]);
        log.ToString().ShouldEndWith("left, hand, step 3: xw\n");
        log.ToString().ShouldNotContain("\e");
    }
}
