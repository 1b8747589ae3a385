using System.CommandLine;
using System.Globalization;

namespace DiTFastAttn.Cli.Search;

/// <summary>The options of searches within a budget of FLOPs.</summary>
internal static class TargetOptions
{
    /// <summary><c>--target-flops</c></summary>
    public static readonly Option<double?> Flops = ValueOption.Make<double?>(
        ["--target-flops"], "PERCENT", "Attention FLOPs that may be left, as 50%. With a target, row and periodic plans are searched and refined; with --threshold the greedy plan is a candidate too.",
        text => double.TryParse(text.TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100
            ? percent / 100
            : throw new FormatException("give a part above 0% and up to 100%"));

    /// <summary><c>--rounds</c></summary>
    public static readonly Option<int> Rounds = ValueOption.Integer(["--rounds"], "Rounds of each stage of a target's refinement; 0 for none.", 3, 0, 100);
}
