using System.Runtime.InteropServices;
using System.Text.Json;

namespace DiTFastAttn.Cli.Verify;

/// <summary>
/// How far an answer may lie from the recorded one. With several limits, meeting one passes: the measure of an error is
/// the smallest of its parts over their limits, and 1 or less passes.
/// </summary>
/// <param name="RelativeL2">Limit of ‖a − b‖₂ / ‖b‖₂, b recorded.</param>
/// <param name="Absolute">Limit of the largest |a − b|.</param>
/// <param name="Relative">Limit of the largest |a − b| / |b|.</param>
/// <remarks>No limit at all means equal.</remarks>
internal sealed record Tolerance(double? RelativeL2 = null, double? Absolute = null, double? Relative = null)
{
    /// <summary>Nothing but the recorded answer.</summary>
    public static Tolerance Exact { get; } = new();

    /// <summary>Whether only equal answers pass.</summary>
    public bool IsExact => RelativeL2 is null && Absolute is null && Relative is null;

    /// <summary>Reads a tolerance as cases say it.</summary>
    /// <param name="name">The output's name, for messages.</param>
    /// <param name="element"><c>"exact"</c>, or an object of limits.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static Tolerance Parse(string name, JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String && element.ValueEquals("exact"))
        {
            return Exact;
        }

        if (element.ValueKind != JsonValueKind.Object || !element.EnumerateObject().Any())
        {
            throw Wrong();
        }

        var tolerance = Exact;
        foreach (var limit in element.EnumerateObject())
        {
            if (limit.Value.ValueKind != JsonValueKind.Number || limit.Value.GetDouble() is not (>= 0 and var value))
            {
                throw Wrong();
            }

            tolerance = limit.Name switch
            {
                "relative_l2" => tolerance with { RelativeL2 = value },
                "absolute" => tolerance with { Absolute = value },
                "relative" => tolerance with { Relative = value },
                _ => throw Wrong(),
            };
        }

        return tolerance;

        FormatException Wrong() => new($"tolerance of '{name}' is {element.GetRawText()}; \"exact\", relative_l2, absolute and relative are known");
    }

    /// <summary>The measure of errors: at most 1 passes.</summary>
    /// <param name="errors">What was measured.</param>
    public double Measure(Errors errors)
    {
        if (IsExact)
        {
            return errors.Absolute == 0 ? 0 : double.PositiveInfinity;
        }

        // A NaN anywhere fails: it is in every part.
        return new[] { Over(errors.RelativeL2, RelativeL2), Over(errors.Absolute, Absolute), Over(errors.Relative, Relative) }.Min();
    }

    private static double Over(double error, double? limit) => limit switch
    {
        null => double.PositiveInfinity,
        _ when double.IsNaN(error) => double.PositiveInfinity,
        _ when error == 0 => 0,
        { } value => error / value,
    };

    /// <summary>Errors of one output.</summary>
    /// <param name="RelativeL2">‖a − b‖₂ / ‖b‖₂</param>
    /// <param name="Absolute">Largest |a − b|.</param>
    /// <param name="Relative">Largest |a − b| / |b|.</param>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Errors(double RelativeL2, double Absolute, double Relative)
    {
        /// <summary>Errors from their sums.</summary>
        /// <param name="squaredDifference">Σ(a − b)²</param>
        /// <param name="squaredRecorded">Σb²</param>
        /// <param name="absolute">Largest |a − b|.</param>
        /// <param name="relative">Largest |a − b| / |b|.</param>
        public static Errors Of(double squaredDifference, double squaredRecorded, double absolute, double relative)
            => new(squaredDifference == 0 ? 0 : Math.Sqrt(squaredDifference / squaredRecorded), absolute, relative);
    }
}
