namespace DiTFastAttn.Cli.Drawing;

/// <summary>What a drawing is made on. Coordinates are in drawing units, x to the right, y down.</summary>
internal interface ICanvas
{
    /// <summary>Fills a rectangle.</summary>
    void Fill(double x, double y, double width, double height, Rgb colour);

    /// <summary>Draws a straight line with round ends.</summary>
    void Line(double x0, double y0, double x1, double y1, double width, Rgb colour);

    /// <summary>Writes a line of text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="x">Where its anchor stands.</param>
    /// <param name="y">Its baseline.</param>
    /// <param name="size">Font size; capitals are 0.7 of it high.</param>
    /// <param name="colour">The colour.</param>
    /// <param name="anchor">Which end stands at <paramref name="x"/>.</param>
    /// <param name="upwards">Turned by a quarter, reading upwards.</param>
    void Text(string text, double x, double y, double size, Rgb colour, TextAnchor anchor = TextAnchor.Start, bool upwards = false);
}
