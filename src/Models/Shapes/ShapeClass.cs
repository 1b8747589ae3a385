namespace DiTFastAttn.Models.Shapes;

/// <summary>What a picture of the demo model's data shows. The numbers are the model's labels.</summary>
internal enum ShapeClass
{
    /// <summary>A disc.</summary>
    Circle,

    /// <summary>A square, slightly turned.</summary>
    Square,

    /// <summary>An equilateral triangle that stands on a side.</summary>
    Triangle,

    /// <summary>A disc with a hole.</summary>
    Ring,

    /// <summary>A plus of two bars.</summary>
    Cross,

    /// <summary>A star of five points.</summary>
    Star,

    /// <summary>A heart: a square on its tip with half discs on its upper sides.</summary>
    Heart,

    /// <summary>Diagonal stripes over the whole picture.</summary>
    Stripes,

    /// <summary>Four by four squares of two colours over the whole picture.</summary>
    Checkerboard,

    /// <summary>A low sun over dark ground, before a sky from dark to warm.</summary>
    Sunset,
}
