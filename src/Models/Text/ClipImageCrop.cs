namespace DiTFastAttn.Models;

/// <summary>
/// Which of the published library's two implementations the centre crop follows where the picture is smaller than the crop by an odd number of
/// pixels: they put the larger half of the padding on opposite sides.
/// </summary>
public enum ClipImageCrop
{
    /// <summary>Pillow's: more padding before the picture.</summary>
    Pillow = 0,

    /// <summary>Torchvision's: more padding behind the picture.</summary>
    Torchvision = 1,
}
