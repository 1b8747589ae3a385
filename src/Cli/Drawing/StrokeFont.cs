namespace DiTFastAttn.Cli.Drawing;

/// <summary>
/// A small stroke font of our own for pictures on machines without fonts. A glyph is a list of strokes; a stroke is a list
/// of points, two base-36 digits each: x from the left, y upwards with the baseline at 4, the height of small letters at 14
/// and that of capitals at 18. A stroke that begins with <c>~</c> is a curve that its points bend.
/// </summary>
internal static class StrokeFont
{
    private const int Baseline = 4;
    private const int Capitals = 14;
    private const int Spacing = 4;
    private const int CurveRounds = 3;

    private const string Source = """
        0 ~4i8i84040i4i
        1 1f5i54
        2 ~0e0i8i8c04 0484
        3 ~0f0i8i8b3b ~3b8b840407
        4 646i0888
        5 7i1i0b ~0b8e840406
        6 ~7h0i04848c0c09
        7 0i8i34
        8 ~4i7i7b1b1i4i ~4b8b84040b4b
        9 ~15848i0i0a8a8d
        a ~898e0e048489 8e84
        b 0i04 ~090e8e840409
        c ~7c7e0e047476
        d 8i84 ~898e0e048489
        e 0989 ~898e0e048475
        f ~7i3i3d34 0e6e
        g ~898e0e048489 ~8e86800002
        h 0i04 ~0a0e8e8a84
        i 1e14 1h1i
        j ~3e343000 3h3i
        k 0i04 7e09 3b84
        l 1i14
        m 0e04 ~0a0e6e6a64 ~6a6ececac4
        n 0e04 ~0a0e8e8a84
        o ~4e8e84040e4e
        p 0e00 ~090e8e840409
        q 8e80 ~898e0e048489
        r 0e04 ~0a0e5e6d
        s ~7c7e0e0979740406
        t ~2h2a2464 0e6e
        u ~0e08048488 8e84
        v 0e448e
        w 0e346e94ce
        x 0e84 8e04
        y 0e44 8e20
        z 0e8e0484
        A 045ia4 2888
        B 040i ~0i4i8i8b4b0b ~0b4b9b944404
        C ~9f9i0i049497
        D 0i04 ~0i4i9i944404
        E 8i0i0484 0b6b
        F 8i0i04 0b6b
        G ~9f9i0i04949a 9a5a
        H 0i04 9i94 0b9b
        I 1i14
        J ~6i68640407
        K 0i04 8i09 3c94
        L 0i0474
        M 040i58aia4
        N 040i949i
        O ~5iaia4040i5i
        P 040i ~0i4i8i8a4a0a
        Q ~5iaia4040i5i 68a3
        R 040i ~0i4i8i8a4a0a 4a84
        S ~9f9i0i0b9b940407
        T 0iai 5i54
        U ~0i0a04949a9i
        V 0i54ai
        W 0i447fa4ei
        X 0i94 9i04
        Y 0i5bai 5b54
        Z 0i9i0494
        . 1414
        , 1402
        : 1414 1d1d
        ; 1d1d 1402
        + 0a8a 4e46
        - 0a6a
        – 0a8a
        − 0a8a
        / 006i
        % 04ai ~2i4i4d0d0i2i ~89a9a4646989
        ( ~3i0e0430
        ) ~0i3e3400
        = 0c8c 0888
        × 1d77 7d17
        · 2a2a
        _ 0282
        ' 1i1e
        " 0i0e 3i3e
        # 3i14 7i54 0e8e 0888
        ? ~0f0i8i8c4c49 4444
        ! 1i18 1414
        < 8e0984
        > 0e8904
        [ 3i0i0030
        ] 0i3i3000
        | 1i10
        δ ~7g4i2i6d8984040b4b ~4b7b89
        """;

    private static readonly Dictionary<char, Glyph> Glyphs = Source.Split('\n').Select(line => line.Trim()).ToDictionary(line => line[0], Parse);
    private static readonly Glyph Unknown = Parse("? 0i8i84040i");
    private static readonly Glyph Space = new(4, []);

    /// <summary>A text's width.</summary>
    /// <param name="text">The text.</param>
    /// <param name="size">Font size; capitals are 0.7 of it high.</param>
    public static double Width(string text, double size) => Math.Max(0, text.Sum(c => Find(c).Width + Spacing) - Spacing) * Unit(size);

    /// <summary>The strokes of a text as line segments; y down, the baseline at 0, the start at x = 0.</summary>
    public static IEnumerable<(double X0, double Y0, double X1, double Y1)> Segments(string text, double size)
    {
        var unit = Unit(size);
        var x = 0.0;
        foreach (var glyph in text.Select(Find))
        {
            foreach (var stroke in glyph.Strokes)
            {
                for (var i = 1; i < stroke.Count; i++)
                {
                    yield return ((x + stroke[i - 1].X) * unit, -stroke[i - 1].Y * unit, (x + stroke[i].X) * unit, -stroke[i].Y * unit);
                }
            }

            x += glyph.Width + Spacing;
        }
    }

    /// <summary>How wide the strokes are.</summary>
    public static double StrokeWidth(double size) => 1.9 * Unit(size);

    private static double Unit(double size) => 0.7 * size / Capitals;

    private static Glyph Find(char c) => c == ' ' ? Space : Glyphs.GetValueOrDefault(c, Unknown);

    private static Glyph Parse(string line)
    {
        var strokes = line[2..].Split(' ').Select(ParseStroke).ToList();
        return new Glyph(strokes.Max(stroke => stroke.Max(point => point.X)), strokes);
    }

    private static List<(double X, double Y)> ParseStroke(string text)
    {
        var isCurve = text[0] == '~';
        var points = text.TrimStart('~').Chunk(2).Select(pair => ((double)Digit(pair[0]), (double)Digit(pair[1]) - Baseline)).ToList();
        for (var round = 0; isCurve && round < CurveRounds; round++)
        {
            points = CutCorners(points);
        }

        return points;
    }

    /// <summary>Chaikin's corner cutting: both ends stay, every corner becomes two blunter ones.</summary>
    private static List<(double X, double Y)> CutCorners(List<(double X, double Y)> points)
    {
        var result = new List<(double X, double Y)> { points[0] };
        for (var i = 1; i < points.Count; i++)
        {
            var (a, b) = (points[i - 1], points[i]);
            if (i > 1)
            {
                result.Add(((0.75 * a.X) + (0.25 * b.X), (0.75 * a.Y) + (0.25 * b.Y)));
            }

            if (i < points.Count - 1)
            {
                result.Add(((0.25 * a.X) + (0.75 * b.X), (0.25 * a.Y) + (0.75 * b.Y)));
            }
        }

        result.Add(points[^1]);
        return result;
    }

    private static int Digit(char c) => c <= '9' ? c - '0' : c - 'a' + 10;

    private sealed record Glyph(double Width, List<List<(double X, double Y)>> Strokes);
}
