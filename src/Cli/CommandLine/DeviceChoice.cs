using System.Globalization;

namespace DiTFastAttn.Cli;

/// <summary>What <c>--device</c> asks for.</summary>
/// <param name="Kind"><c>cpu</c>, <c>cuda</c> or <c>auto</c>.</param>
/// <param name="Index">The CUDA device's number; 0 otherwise.</param>
internal sealed record DeviceChoice(string Kind, int Index)
{
    /// <summary>CUDA where torch has it, else the CPU.</summary>
    public static DeviceChoice Auto { get; } = new("auto", 0);

    /// <summary>Reads <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c> or <c>auto</c>.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static DeviceChoice Parse(string text) => text switch
    {
        "auto" => Auto,
        "cpu" or "cuda" => new DeviceChoice(text, 0),
        _ when text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index) => new DeviceChoice("cuda", index),
        _ => throw new FormatException("give cpu, cuda, cuda:N (N the device's number) or auto"),
    };

    /// <inheritdoc/>
    public override string ToString() => Index > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Kind}:{Index}") : Kind;
}
