using System.Text.Json;
using DiTFastAttn.Cli.Verify;

namespace DiTFastAttn.Cli.Tests.Verify;

/// <summary>What passes under which limits.</summary>
public sealed class ToleranceTests
{
    [Theory]
    [InlineData("\"exact\"", 0, 0, 0, 0)]
    [InlineData("\"exact\"", 1e-9, 1e-9, 1e-9, double.PositiveInfinity)]
    [InlineData("{\"relative_l2\": 0.1}", 0.05, 9, 9, 0.5)]
    [InlineData("{\"relative_l2\": 0.1}", 0.2, 0, 0, 2)]
    [InlineData("{\"absolute\": 0.1}", 9, 0.1, 9, 1)]
    [InlineData("{\"relative\": 0.1}", 9, 9, 0.3, 3)]
    [InlineData("{\"relative\": 0.1, \"absolute\": 0.5}", 9, 0.25, 0.3, 0.5)]
    [InlineData("{\"relative\": 0.1, \"absolute\": 0.5}", 9, 5, 0.05, 0.5)]
    [InlineData("{\"relative\": 0.1, \"absolute\": 0.5}", 0, 1, 0.2, 2)]
    [InlineData("{\"absolute\": 0}", 0, 0, 0, 0)]
    [InlineData("{\"absolute\": 0}", 0, 1, 0, double.PositiveInfinity)]
    [InlineData("{\"relative_l2\": 0.1, \"absolute\": 1}", double.NaN, double.NaN, double.NaN, double.PositiveInfinity)]
    public void An_error_is_measured_by_its_limit(string tolerance, double relativeL2, double absolute, double relative, double expected)
    {
        var measure = Read(tolerance).Measure(new Tolerance.Errors(relativeL2, absolute, relative));

        (measure == expected || Math.Abs(measure - expected) < 1e-12).ShouldBeTrue($"{measure}");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("\"about\"")]
    [InlineData("3")]
    [InlineData("{\"psnr\": 30}")]
    [InlineData("{\"relative\": \"small\"}")]
    [InlineData("{\"relative\": -1}")]
    public void Other_tolerances_are_malformed(string tolerance)
        => Should.Throw<FormatException>(() => Read(tolerance)).Message.ShouldStartWith("tolerance of 'out.x' is ");

    private static Tolerance Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Tolerance.Parse("out.x", document.RootElement);
    }
}
