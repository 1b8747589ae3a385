namespace DiTFastAttn.Models.Shapes;

/// <summary>
/// What is drawn at random for a picture. Coordinates span [-1, 1] over the picture, x to the right and y down.
/// </summary>
/// <param name="Scale">Size s of the shape, 1 reaching from the middle to the edge.</param>
/// <param name="CenterX">Middle of the shape, x.</param>
/// <param name="CenterY">Middle of the shape, y.</param>
/// <param name="Tilt">Turn of the shape in radians.</param>
/// <param name="Phase1">Shift of the pattern in periods along its first axis; height of a sunset's horizon.</param>
/// <param name="Phase2">Shift of the pattern in periods along its second axis.</param>
/// <param name="BrightHue">Hue of the bright colour.</param>
/// <param name="BrightSaturation">Saturation of the bright colour.</param>
/// <param name="BrightValue">Value of the bright colour.</param>
/// <param name="DarkHue">Hue of the dark colour.</param>
/// <param name="DarkSaturation">Saturation of the dark colour.</param>
/// <param name="DarkValue">Value of the dark colour.</param>
/// <param name="IsDarkOnBright">Whether the shape has the dark colour and its surroundings the bright one.</param>
internal sealed record ShapeParameters(
    float Scale,
    float CenterX,
    float CenterY,
    float Tilt,
    float Phase1,
    float Phase2,
    float BrightHue,
    float BrightSaturation,
    float BrightValue,
    float DarkHue,
    float DarkSaturation,
    float DarkValue,
    bool IsDarkOnBright)
{
    /// <summary>Draws one picture's parameters from the ranges the demo model is trained on.</summary>
    /// <param name="random">Advanced by thirteen draws.</param>
    public static ShapeParameters Draw(ref RandomStream random) => new(
        Scale: random.NextUniform(.6, .8),
        CenterX: random.NextUniform(-.15, .15),
        CenterY: random.NextUniform(-.15, .15),
        Tilt: random.NextUniform(-.12, .12),
        Phase1: random.NextUniform(0, 1),
        Phase2: random.NextUniform(0, 1),
        BrightHue: random.NextUniform(0, 1),
        BrightSaturation: random.NextUniform(.6, 1),
        BrightValue: random.NextUniform(.85, 1),
        DarkHue: random.NextUniform(0, 1),
        DarkSaturation: random.NextUniform(.4, .9),
        DarkValue: random.NextUniform(.1, .35),
        IsDarkOnBright: random.NextUniform() < .5);
}
