using System.Globalization;
using System.Security;
using System.Text;

namespace DiTFastAttn.Cli.Drawing;

/// <summary>Draws SVG: crisp at any size.</summary>
internal sealed class SvgCanvas : ICanvas
{
    private readonly StringBuilder _body = new();
    private readonly double _width;
    private readonly double _height;

    public SvgCanvas(double width, double height)
    {
        _width = width;
        _height = height;
        Fill(0, 0, width, height, Rgb.White);
    }

    /// <inheritdoc/>
    public void Fill(double x, double y, double width, double height, Rgb colour)
        => _body.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\" fill=\"{colour}\"/>\n");

    /// <inheritdoc/>
    public void Line(double x0, double y0, double x1, double y1, double width, Rgb colour)
        => _body.Append(
            CultureInfo.InvariantCulture,
            $"<line x1=\"{x0:0.##}\" y1=\"{y0:0.##}\" x2=\"{x1:0.##}\" y2=\"{y1:0.##}\" stroke=\"{colour}\" stroke-width=\"{width:0.##}\" stroke-linecap=\"round\" shape-rendering=\"auto\"/>\n");

    /// <inheritdoc/>
    public void Text(string text, double x, double y, double size, Rgb colour, TextAnchor anchor = TextAnchor.Start, bool upwards = false)
    {
        var turned = upwards ? string.Create(CultureInfo.InvariantCulture, $" transform=\"rotate(-90 {x:0.##} {y:0.##})\"") : "";
        _body.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{x:0.##}\" y=\"{y:0.##}\" font-size=\"{size:0.##}\" fill=\"{colour}\" text-anchor=\"{anchor.ToString().ToLowerInvariant()}\"{turned}>{SecurityElement.Escape(text)}</text>\n");
    }

    /// <summary>The SVG document.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_width:0.##} {_height:0.##}" width="{_width:0.##}" height="{_height:0.##}" font-family="'DejaVu Sans', 'Segoe UI', Helvetica, Arial, sans-serif">
        <g shape-rendering="crispEdges">
        {_body.ToString().ReplaceLineEndings("\n")}</g>
        </svg>

        """);
}
