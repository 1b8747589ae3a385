using System.Globalization;
using System.Text.RegularExpressions;

namespace DiTFastAttn.Samples.Tests;

/// <summary>The sample as a reader runs it: a program that prints what it found.</summary>
public sealed partial class OwnModelTests
{
    [Fact]
    public async Task It_runs_and_its_plan_changes_the_result_only_a_little()
    {
        var (status, output, errors) = await SampleProgram.Run("OwnModel.dll");

        status.ShouldBe(0, errors);
        errors.ShouldBeEmpty();
        var lines = output.TrimEnd('\n').Split('\n');
        Readme.ShouldShow("OwnModel", lines);
        lines[0].ShouldBe("sites: blocks.0.attn, blocks.1.attn, blocks.2.attn, blocks.3.attn");
        var times = Times().Match(lines[1]);
        times.Success.ShouldBeTrue(lines[1]);
        var (full, plan) = (Number(times, "full"), Number(times, "plan"));
        Number(times, "ratio").ShouldBeInRange((full - 0.01) / (plan + 0.01), (full + 0.01) / Math.Max(1e-9, plan - 0.01), "seconds are printed rounded");

        // Four sites keep a residual [2, 2, 1024, 64] of 4-byte numbers: 1 MiB each.
        var error = Error().Match(lines[2]);
        error.Success.ShouldBeTrue(lines[2]);
        Number(error, "error").ShouldBeInRange(1e-7, 1e-2);
        Number(error, "size").ShouldBe(4.0);
    }

    private static double Number(Match match, string group) => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^full (?<full>[\d.]+) s, with the plan (?<plan>[\d.]+) s: (?<ratio>[\d.]+) times as fast$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Times();

    [GeneratedRegex(@"^relative error (?<error>[\d.E+-]+), residuals held at most (?<size>[\d.]+) MiB$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Error();
}
