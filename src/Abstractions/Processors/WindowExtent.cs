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

    /// <summary>Reads what <see cref="Plans.Reading.WindowText"/> finds no fault with.</summary>
    internal static WindowExtent Parse(string text)
        => text.Split(':') is [var before, var after] ? new WindowExtent(WindowReach.Parse(before), WindowReach.Parse(after)) : Symmetric(WindowReach.Parse(text));
}
