namespace DiTFastAttn.Cli.Drawing;

/// <summary>Which end of a text stands at its position.</summary>
internal enum TextAnchor
{
    /// <summary>Its start.</summary>
    Start,

    /// <summary>Its middle.</summary>
    Middle,

    /// <summary>Its end.</summary>
    End,
}
