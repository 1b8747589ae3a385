using System.Globalization;

namespace DiTFastAttn.Models;

/// <summary>Checks of configuration values: one message a value, with its name and what would be right.</summary>
internal static class ConfigChecks
{
    public static void AtLeast(string what, string name, int value, int least)
        => Require(value >= least, what, name, value, $"{least.ToString(CultureInfo.InvariantCulture)} or more");

    public static void Between(string what, string name, int value, int least, int most)
        => Require(value >= least && value <= most, what, name, value, string.Create(CultureInfo.InvariantCulture, $"{least} to {most}"));

    public static void Multiple(string what, string name, int value, string divisorName, int divisor)
        => Require(value % divisor == 0, what, name, value, string.Create(CultureInfo.InvariantCulture, $"a multiple of {divisorName}, {divisor}"));

    public static void Require(bool condition, string what, string name, object? value, string expected)
    {
        if (!condition)
        {
#pragma warning disable MA0015, CA2208 // A setting is no parameter, and .NET would add "(Parameter 'depth')" to the message.
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{what} config: {name} is {value}; it has to be {expected}."));
#pragma warning restore MA0015, CA2208
        }
    }
}
