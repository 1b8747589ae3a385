namespace DiTFastAttn;

/// <summary>A window's extent along one axis.</summary>
/// <param name="Before">Towards lower positions.</param>
/// <param name="After">Towards higher positions.</param>
public readonly record struct WindowExtent(WindowReach Before, WindowReach After)
{
    /// <summary>The same reach to both sides.</summary>
    /// <param name="reach">The reach.</param>
    public static WindowExtent Symmetric(WindowReach reach) => new(reach, reach);

    /// <inheritdoc/>
    public override string ToString() => Before == After ? Before.ToString() : $"{Before}:{After}";

    internal static bool TryParse(ReadOnlySpan<char> text, out WindowExtent extent)
    {
        var colon = text.IndexOf(':');
        if (colon < 0 && WindowReach.TryParse(text, out var both))
        {
            extent = Symmetric(both);
            return true;
        }

        if (colon >= 0 && WindowReach.TryParse(text[..colon], out var before) && WindowReach.TryParse(text[(colon + 1)..], out var after))
        {
            extent = new WindowExtent(before, after);
            return true;
        }

        extent = default;
        return false;
    }
}
