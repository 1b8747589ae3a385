using DiTFastAttn.Models.Shapes;

namespace DiTFastAttn.Models.Tests.Shapes;

public class ShapePictureTests
{
    private const int Size = 64;

    // Bright red on dark blue, in the middle, not turned.
    private static readonly ShapeParameters Plain = new(
        Scale: .7f, CenterX: 0, CenterY: 0, Tilt: 0, Phase1: .25f, Phase2: .25f,
        BrightHue: 0, BrightSaturation: 1, BrightValue: 1, DarkHue: 2 / 3f, DarkSaturation: .5f, DarkValue: .2f, IsDarkOnBright: false);

    public static TheoryData<string> Classes => [.. Enum.GetNames<ShapeClass>()];

    [Fact]
    public void There_are_ten_classes_in_the_order_of_the_labels()
        => Enum.GetValues<ShapeClass>().Select(shape => shape.ToString().ToLowerInvariant()).ShouldBe(
            ["circle", "square", "triangle", "ring", "cross", "star", "heart", "stripes", "checkerboard", "sunset"]);

    [Theory]
    [MemberData(nameof(Classes))]
    public void Values_lie_between_minus_one_and_one_for_any_draw_and_size(string shape)
    {
        var random = new RandomStream(5);
        foreach (var size in (int[])[1, 7, 16, 64])
        {
            for (var i = 0; i < 20; i++)
            {
                Render(Enum.Parse<ShapeClass>(shape), ShapeParameters.Draw(ref random), size).ShouldAllBe(value => value >= -1 - 1e-5f && value <= 1 + 1e-5f);
            }
        }
    }

    /// <summary>Points (x right, y down, in units of the shape) that lie inside and outside of each outline.</summary>
    [Theory]
    [InlineData(nameof(ShapeClass.Circle), new[] { 0f, 0, .58f, .58f, 0, -.8f }, new[] { .75f, .75f, 0, 1f })]
    [InlineData(nameof(ShapeClass.Square), new[] { 0f, 0, .65f, -.65f }, new[] { .8f, 0, 0, -.8f })]
    [InlineData(nameof(ShapeClass.Triangle), new[] { 0f, 0, 0, -.85f, .7f, .4f, -.7f, .4f }, new[] { .5f, -.5f, -.5f, -.5f, 0, .6f })]
    [InlineData(nameof(ShapeClass.Ring), new[] { .7f, 0, 0, -.7f }, new[] { 0f, 0, .3f, .3f, 0, 1f })]
    [InlineData(nameof(ShapeClass.Cross), new[] { 0f, 0, .85f, 0, 0, -.85f }, new[] { .5f, .5f, -.5f, .5f })]
    [InlineData(nameof(ShapeClass.Star), new[] { 0f, 0, 0, -.75f, .71f, -.232f, -.71f, -.232f }, new[] { 0f, .6f, .5f, -.7f, -.5f, -.7f })]
    [InlineData(nameof(ShapeClass.Heart), new[] { 0f, 0, 0, .7f, .6f, -.4f, -.6f, -.4f }, new[] { 0f, -.9f, .7f, .6f, -.7f, .6f })]
    public void A_shape_has_its_outline(string shape, float[] inside, float[] outside)
    {
        var pixels = Render(Enum.Parse<ShapeClass>(shape), Plain);
        foreach (var (x, y) in Pairs(inside))
        {
            At(pixels, .7f * x, .7f * y).ShouldBe((1, -1, -1), $"inside at {x}, {y}");
        }

        foreach (var (x, y) in Pairs(outside))
        {
            At(pixels, .7f * x, .7f * y).ShouldBe((-.8f, -.8f, -.6f), $"outside at {x}, {y}");
        }
    }

    [Fact]
    public void Stripes_repeat_along_the_diagonal_and_are_constant_across_it()
    {
        var pixels = Render(ShapeClass.Stripes, Plain);
        for (var column = 0; column < Size - 4; column++)
        {
            AtPixel(pixels, 30, column + 4).ShouldBe(AtPixel(pixels, 34, column), $"column {column}");
        }

        // A period is √2/2 along x, about 22.6 pixels.
        AtPixel(pixels, 32, 10).ShouldNotBe(AtPixel(pixels, 32, 21));
        AtPixel(pixels, 32, 10).ShouldBe(AtPixel(pixels, 32, 33));
    }

    [Fact]
    public void A_checkerboard_changes_its_colour_with_every_half_period()
    {
        var pixels = Render(ShapeClass.Checkerboard, Plain);
        for (var row = 0; row < 4; row++)
        {
            for (var column = 0; column < 4; column++)
            {
                var color = At(pixels, -.75f + (.5f * column), -.75f + (.5f * row));
                color.ShouldBe((row + column) % 2 == 0 ? At(pixels, -.75f, -.75f) : At(pixels, -.25f, -.75f));
            }
        }

        At(pixels, -.75f, -.75f).ShouldNotBe(At(pixels, -.25f, -.75f));
    }

    [Fact]
    public void A_sunset_has_a_bright_sun_above_dark_ground()
    {
        var pixels = Render(ShapeClass.Sunset, Plain);
        var sun = At(pixels, 0, .1f);
        var ground = At(pixels, 0, .9f);
        var zenith = At(pixels, -.9f, -.95f);
        sun.Red.ShouldBe(1, 1e-5);
        Math.Max(ground.Red, Math.Max(ground.Green, ground.Blue)).ShouldBe((2 * .15f) - 1, 1e-5);
        zenith.Red.ShouldBeLessThan(0);
        At(pixels, -.9f, .3f).Red.ShouldBeGreaterThan(.9f, "the sky glows at the horizon");
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public void Edges_are_anti_aliased(string shape)
    {
        // A picture is close to the same picture drawn finely and averaged: hard edges would be much further off.
        var coarse = Render(Enum.Parse<ShapeClass>(shape), Plain, 32);
        var fine = Render(Enum.Parse<ShapeClass>(shape), Plain, 256);
        var total = 0.0;
        for (var plane = 0; plane < 3; plane++)
        {
            for (var row = 0; row < 32; row++)
            {
                for (var column = 0; column < 32; column++)
                {
                    var sum = 0.0;
                    for (var i = 0; i < 64; i++)
                    {
                        sum += fine[(plane * 256 * 256) + (((row * 8) + (i / 8)) * 256) + (column * 8) + (i % 8)];
                    }

                    total += Math.Pow((sum / 64) - coarse[(plane * 32 * 32) + (row * 32) + column], 2);
                }
            }
        }

        var hard = Render(Enum.Parse<ShapeClass>(shape), Plain, 32).Distinct().Count();
        hard.ShouldBeGreaterThan(6, "an edge has values between the two colours");
        (total / (3 * 32 * 32)).ShouldBeLessThan(.012);
    }

    [Fact]
    public void The_classes_differ()
    {
        var pictures = Enum.GetValues<ShapeClass>().Select(shape => Render(shape, Plain)).ToArray();
        for (var i = 0; i < pictures.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                pictures[i].Zip(pictures[j], (a, b) => (a - b) * (a - b)).Average().ShouldBeGreaterThan(.05f, $"{(ShapeClass)i} and {(ShapeClass)j}");
            }
        }
    }

    [Fact]
    public void A_shape_can_be_dark_on_bright()
    {
        At(Render(ShapeClass.Circle, Plain with { IsDarkOnBright = true }), 0, 0).ShouldBe((-.8f, -.8f, -.6f));
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        Should.Throw<ArgumentException>(() => ShapePicture.Render(ShapeClass.Circle, Plain, 8, new float[10])).Message.ShouldContain("192");
        Should.Throw<ArgumentOutOfRangeException>(() => ShapePicture.Render((ShapeClass)10, Plain, 8, new float[192])).Message.ShouldContain("0 to 9");
        Should.Throw<ArgumentOutOfRangeException>(() => ShapePicture.Render(ShapeClass.Circle, Plain, 0, []));
    }

    private static float[] Render(ShapeClass shape, ShapeParameters parameters, int size = Size)
    {
        var pixels = new float[3 * size * size];
        ShapePicture.Render(shape, parameters, size, pixels);
        return pixels;
    }

    private static (float Red, float Green, float Blue) At(float[] pixels, float x, float y)
        => AtPixel(pixels, (int)((y + 1) / 2 * Size), (int)((x + 1) / 2 * Size));

    private static (float Red, float Green, float Blue) AtPixel(float[] pixels, int row, int column)
    {
        var at = (row * Size) + column;
        return (Round(pixels[at]), Round(pixels[(Size * Size) + at]), Round(pixels[(2 * Size * Size) + at]));

        static float Round(float value) => MathF.Round(value, 4);
    }

    private static IEnumerable<(float X, float Y)> Pairs(float[] numbers) => numbers.Chunk(2).Select(pair => (pair[0], pair[1]));
}
