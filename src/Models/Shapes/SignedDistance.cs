namespace DiTFastAttn.Models.Shapes;

/// <summary>
/// How far a point lies outside of a shape of unit size around the origin; negative inside, y down. Exact near the
/// outlines, which is all that anti-aliasing needs.
/// </summary>
internal static class SignedDistance
{
    private const float HalfStarAngle = MathF.PI / 5;
    private const float StarInnerRadius = .42f;
    private const float HeartArm = .55f;

    private static readonly float StarInnerX = StarInnerRadius * MathF.Cos(HalfStarAngle);
    private static readonly float StarInnerY = StarInnerRadius * MathF.Sin(HalfStarAngle);
    private static readonly float StarEdgeLength = Length(StarInnerY, 1 - StarInnerX);

    public static float To(ShapeClass shape, float x, float y) => shape switch
    {
        ShapeClass.Circle => Length(x, y) - .9f,
        ShapeClass.Square => Box(x, y, .72f, .72f),
        ShapeClass.Triangle => MathF.Max(y, (.8660254f * MathF.Abs(x)) - (.5f * y)) - .5f,
        ShapeClass.Ring => MathF.Abs(Length(x, y) - .7f) - .22f,
        ShapeClass.Cross => MathF.Min(Box(x, y, .95f, .28f), Box(x, y, .28f, .95f)),
        ShapeClass.Star => Star(x, y),
        ShapeClass.Heart => Heart(x, y),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "is a pattern, which has no outline."),
    };

    /// <summary>A wave of triangles through [-period/4, period/4], half of each period below zero: the distance to the edges of stripes.</summary>
    public static float Triangles(float position, float period, float phase)
    {
        var place = (position / period) + phase;
        return (MathF.Abs(place - MathF.Floor(place) - .5f) - .25f) * period;
    }

    public static float Length(float x, float y) => MathF.Sqrt((x * x) + (y * y));

    private static float Box(float x, float y, float halfWidth, float halfHeight)
        => MathF.Max(MathF.Abs(x) - halfWidth, MathF.Abs(y) - halfHeight);

    /// <summary>The distance to the line from a point of the star to the corner beside it, in the one of ten sectors it lies in.</summary>
    private static float Star(float x, float y)
    {
        var turn = (MathF.Atan2(y, x) + (MathF.PI / 2) + HalfStarAngle) / (2 * HalfStarAngle);
        var angle = MathF.Abs(((turn - MathF.Floor(turn)) * 2 * HalfStarAngle) - HalfStarAngle);
        var radius = Length(x, y);
        return ((StarInnerY * ((radius * MathF.Cos(angle)) - 1)) + ((1 - StarInnerX) * radius * MathF.Sin(angle))) / StarEdgeLength;
    }

    private static float Heart(float x, float y)
    {
        // The axes turned by 45 degrees: a square on its tip, and a disc on either upper side.
        var u = (x + y) / MathF.Sqrt(2);
        var w = (y - x) / MathF.Sqrt(2);
        return MathF.Min(Box(u, w, HeartArm, HeartArm), MathF.Min(Length(u + HeartArm, w), Length(u, w + HeartArm)) - HeartArm);
    }
}
