namespace DiTFastAttn.Models.Images.Jpeg;

/// <summary>A colour component of a frame, with its coefficients in blocks of 64, quantised.</summary>
/// <param name="id">What scans call it.</param>
/// <param name="across">Samples across, beside those of the other components.</param>
/// <param name="down">Samples down.</param>
/// <param name="table">The quantisation table.</param>
internal sealed class JpegComponent(int id, int across, int down, int table)
{
    public int Id => id;

    public int Across => across;

    public int Down => down;

    public int Table => table;

    /// <summary>Samples a row that the picture has.</summary>
    public int Width { get; private set; }

    /// <summary>Rows that the picture has.</summary>
    public int Height { get; private set; }

    /// <summary>Blocks a row, those included that only fill up the last unit of all components.</summary>
    public int BlockColumns { get; private set; }

    /// <summary>Rows of blocks.</summary>
    public int BlockRows { get; private set; }

    /// <summary>Coefficients in the order of rows (not in zigzag), block after block.</summary>
    public short[] Coefficients { get; private set; } = [];

    /// <summary>The last DC value, which the next one is told as a difference to.</summary>
    public int LastDc { get; set; }

    /// <summary>Makes room for the coefficients.</summary>
    public void Allocate(int pictureWidth, int pictureHeight, int mostAcross, int mostDown)
    {
        Width = Divide(pictureWidth * across, mostAcross);
        Height = Divide(pictureHeight * down, mostDown);
        BlockColumns = Divide(pictureWidth, 8 * mostAcross) * across;
        BlockRows = Divide(pictureHeight, 8 * mostDown) * down;
        Coefficients = new short[checked(BlockColumns * BlockRows * 64)];
    }

    /// <summary>The coefficients of a block.</summary>
    public Span<short> Block(int row, int column) => Coefficients.AsSpan(((row * BlockColumns) + column) * 64, 64);

    internal static int Divide(int value, int by) => (value + by - 1) / by;
}
