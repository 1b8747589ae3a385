using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Drawing;

/// <summary>
/// Pictures side by side: a row a class, a block of columns a variant, every variant's pictures from the same noise. Labels
/// above and on the left.
/// </summary>
internal static class PictureSheet
{
    private const double Margin = 20;
    private const double Gap = 6;
    private const double BlockGap = 36;
    private const double TitleSize = 18;
    private const double LabelSize = 15;
    private const double TopHeight = 58;

    /// <summary>Writes the sheet as PNG.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <param name="rows">The classes' names.</param>
    /// <param name="blocks">A title, a line below it, and the pictures <c>[row][column]</c> of each variant.</param>
    /// <param name="magnification">Pixels of the sheet for one of a picture.</param>
    public static void WritePng(string path, IReadOnlyList<string> rows, IReadOnlyList<Block> blocks, int magnification)
    {
        var first = blocks[0].Pictures[0][0];
        var (cellWidth, cellHeight) = ((first.Width * magnification) + Gap, (first.Height * magnification) + Gap);
        var left = Margin + rows.Max(row => StrokeFont.Width(row, LabelSize)) + 14;
        var columns = blocks[0].Pictures[0].Count;
        var blockWidth = (columns * cellWidth) - Gap;
        var canvas = new RasterCanvas(
            left + (blocks.Count * blockWidth) + ((blocks.Count - 1) * BlockGap) + Margin, TopHeight + (rows.Count * cellHeight) - Gap + Margin, scale: 1);
        for (var row = 0; row < rows.Count; row++)
        {
            canvas.Text(rows[row], left - 14, TopHeight + (row * cellHeight) + ((cellHeight - Gap) / 2) + (0.35 * LabelSize), LabelSize, Rgb.Ink, TextAnchor.End);
        }

        for (var block = 0; block < blocks.Count; block++)
        {
            var x = left + (block * (blockWidth + BlockGap));
            canvas.Text(blocks[block].Title, x, Margin + 10, TitleSize, Rgb.Ink);
            canvas.Text(blocks[block].Subtitle, x, Margin + 29, LabelSize * 0.9, Rgb.PaleInk);
            for (var row = 0; row < rows.Count; row++)
            {
                for (var column = 0; column < columns; column++)
                {
                    canvas.Picture(x + (column * cellWidth), TopHeight + (row * cellHeight), blocks[block].Pictures[row][column], magnification);
                }
            }
        }

        canvas.WritePng(path);
    }

    /// <summary>One variant's pictures.</summary>
    /// <param name="Title">For example <c>full attention</c>.</param>
    /// <param name="Subtitle">For example the seconds it took.</param>
    /// <param name="Pictures">Pictures of one size, <c>[row][column]</c>.</param>
    internal sealed record Block(string Title, string Subtitle, IReadOnlyList<IReadOnlyList<RgbImage>> Pictures);
}
