using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace DiTFastAttn.Samples.Tests;

/// <summary>What a sample's README says that it prints.</summary>
internal static partial class Readme
{
    /// <summary>Compares a program's lines with those of its README, but for the numbers: times are the machine's, errors its rounding.</summary>
    /// <param name="sample">The sample's folder.</param>
    /// <param name="printed">The lines.</param>
    public static void ShouldShow(string sample, IEnumerable<string> printed)
        => Lines(sample).Select(WithoutNumbers).ShouldBe(printed.Select(WithoutNumbers));

    /// <summary>The lines of its README's block of output.</summary>
    /// <param name="sample">The sample's folder.</param>
    public static IEnumerable<string> Lines(string sample)
        => File.ReadAllText(Path.Combine(Here(), "../../samples", sample, "README.md")).ReplaceLineEndings("\n").Split("```text\n")[1].Split("\n```")[0].Split('\n');

    private static string WithoutNumbers(string line) => Numbers().Replace(line, "#");

    private static string Here([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;

    [GeneratedRegex(@"\d+\.\d+(E[+-]\d+)?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Numbers();
}
