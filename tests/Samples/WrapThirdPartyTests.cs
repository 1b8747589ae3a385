using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace DiTFastAttn.Samples.Tests;

/// <summary>The sample as a reader runs it: somebody else's model is wrapped, runs with a plan, and is itself again.</summary>
public sealed partial class WrapThirdPartyTests
{
    [Fact]
    public async Task It_runs_and_leaves_the_vendors_model_as_it_was()
    {
        var (status, output, errors) = await SampleProgram.Run("WrapThirdParty.dll");

        status.ShouldBe(0, errors);
        errors.ShouldBeEmpty();
        var lines = output.TrimEnd('\n').Split('\n');
        Readme.ShouldShow("WrapThirdParty", lines);
        lines[0].ShouldBe("sites: blocks.0.attn, blocks.1.attn, blocks.2.attn, blocks.3.attn");
        lines[1].ShouldBe("keys of the state dict as before: True");
        Error(lines[2], "full").ShouldBeLessThan(1e-5, "another kernel, the same attention");
        Error(lines[3], "with the plan").ShouldBeInRange(1e-6, 1e-2);
        lines[4].ShouldBe("detached, the same as before: True");
    }

    [Fact]
    public void The_vendors_assembly_knows_nothing_of_this_project()
        => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "VendorDiT.dll")).GetReferencedAssemblies().Select(name => name.Name!)
            .ShouldNotContain(name => name.StartsWith("DiTFastAttn", StringComparison.Ordinal) && name != "DiTFastAttn.LibTorch");

    private static double Error(string line, string plan)
    {
        var match = Result().Match(line);
        match.Success.ShouldBeTrue(line);
        match.Groups["plan"].Value.ShouldBe(plan);
        return double.Parse(match.Groups["error"].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^(?<plan>[\w ]+): [\d.]+ s, relative error (?<error>[\d.E+-]+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Result();
}
