namespace DiTFastAttn.Models.Images.Jpeg;

/// <summary>How a file's components make colours.</summary>
internal enum JpegColours
{
    /// <summary>One component.</summary>
    Grey,

    /// <summary>Brightness and two differences of colour.</summary>
    YCbCr,

    /// <summary>Red, green and blue as they are.</summary>
    Rgb,

    /// <summary>Inks.</summary>
    Cmyk,

    /// <summary>Inks, three of them as brightness and differences.</summary>
    Ycck,
}
