using System.Xml.Linq;
using DiTFastAttn.Cli.Drawing;
using DiTFastAttn.Cli.Tests.Testing;
using DiTFastAttn.Models;

namespace DiTFastAttn.Cli.Tests.Drawing;

/// <summary>Plans as SVG, as pixels and as text.</summary>
public sealed class PlanDrawingTests
{
    private static readonly string[] Ids = ["full", "wars", "asc", "wars+asc", "ast", "wa"];

    [Fact]
    public void The_svg_is_what_was_approved()
    {
        using var folder = new TemporaryFolder();

        PlanDrawing.WriteSvg(SomePlan.Plan, folder["plan.svg"]);

        var approved = Path.Combine(Ditfast.Root, "tests", "Cli", "Drawing", "PlanDrawingTests.The_svg_is_what_was_approved.verified.svg");
        File.ReadAllText(folder["plan.svg"]).ShouldBe(File.ReadAllText(approved).ReplaceLineEndings("\n"));
        XDocument.Load(folder["plan.svg"]).Root!.Name.LocalName.ShouldBe("svg");
    }

    [Fact]
    public void The_png_has_a_cell_of_its_strategys_colour_for_every_step_and_site()
    {
        using var folder = new TemporaryFolder();

        PlanDrawing.WritePng(SomePlan.Plan, folder["plan.png"]);

        var (width, height, pixels) = Png.Read(folder["plan.png"]);
        var colours = StrategyPalette.Of(SomePlan.Plan).ToDictionary(strategy => strategy.Id, strategy => strategy.Colour);
        const int cell = 68;
        var left = Enumerable.Range(0, width).First(x => At(x, 150) == colours["full"]);
        var top = Enumerable.Range(0, height).First(y => At(left, y) == colours["full"]);
        for (var step = 0; step < 4; step++)
        {
            for (var site = 0; site < 2; site++)
            {
                At(left + (step * cell) + 30, top + (site * cell) + 30).ShouldBe(colours[SomePlan.Plan.Rows[step][site]], $"step {step}, site {site}");
            }
        }

        Rgb At(int x, int y) => new(pixels[((y * width) + x) * 3], pixels[(((y * width) + x) * 3) + 1], pixels[(((y * width) + x) * 3) + 2]);
    }

    [Fact]
    public void The_text_has_a_letter_a_cell_and_the_shares()
    {
        using var folder = new TemporaryFolder();

        var result = Ditfast.Run("plan", "show", folder.Write("p.json", SomePlan.Text), "--out", folder["out"]);

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldContain("blocks.0.attn  Fwcx\n");
        result.Output.ShouldContain("blocks.1.attn  Ftaw\n");
        result.Output.ShouldContain("F full 25 %  w wars 25 %  c asc 12.5 %  x wars+asc 12.5 %  t ast 12.5 %  a wa 12.5 %\n");
        folder.Names.ShouldBe(["out", "out/plan.png", "out/plan.svg", "p.json"]);
    }

    [Fact]
    public void Shares_add_up_and_strategies_of_ones_own_get_colours_too()
    {
        var plan = SomePlan.Plan with { Rows = [["full", "full"], ["mine", "yours"], ["mine", "full"]] };

        var strategies = StrategyPalette.Of(plan);

        strategies.Select(strategy => strategy.Id).ShouldBe(["full", "mine", "yours"]);
        strategies.Sum(strategy => strategy.Share).ShouldBe(1, 1e-12);
        strategies.Select(strategy => strategy.Colour).Distinct().Count().ShouldBe(3);
        strategies.Select(strategy => strategy.Letter).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void A_strategy_of_ones_own_has_one_colour_in_every_plan()
    {
        string[] ids = ["delta", "delta+asc", "delta-2", "mine", "yours", "taylor", "cache", "skip"];
        var together = Colours([.. ids, "full"]);

        foreach (var id in ids)
        {
            Colours([id, "other", "full"])[id].ShouldBe(together[id]);
        }

        together.Values.Distinct().Count().ShouldBe(ids.Length + 1);
        together["delta"].ToString().ShouldBe("#7d5612");

        static Dictionary<string, Rgb> Colours(string[] row)
            => StrategyPalette.Of(SomePlan.Plan with { Rows = [row] }).ToDictionary(strategy => strategy.Id, strategy => strategy.Colour);
    }

    [Theory]
    [InlineData(0, 1, 0.5, "#ff0000")]
    [InlineData(120, 1, 0.25, "#008000")]
    [InlineData(210, 0.5, 0.5, "#4080bf")]
    [InlineData(77, 0, 0.2, "#333333")]
    public void Hues_are_those_of_hsl(double hue, double saturation, double lightness, string expected)
        => Rgb.OfHue(hue, saturation, lightness).ToString().ShouldBe(expected);

    [Fact]
    public void Colours_differ_in_lightness_or_hue_for_every_kind_of_colour_vision()
    {
        var plan = SomePlan.Plan with { Rows = [Ids, Ids] };
        var colours = StrategyPalette.Of(plan).Select(strategy => strategy.Colour).ToList();

        // Viénot, Brettel and Mollon 1999: linear red and green as people without the first or second cone type see them.
        double[][] visions = [[1, 0, 0, 1], [0.112, 0.888, 0.112, 0.888], [0.293, 0.707, 0.293, 0.707]];
        foreach (var vision in visions)
        {
            foreach (var (a, b) in colours.SelectMany((a, i) => colours.Skip(i + 1).Select(b => (a, b))))
            {
                Distance(See(a, vision), See(b, vision)).ShouldBeGreaterThan(20, $"{a} and {b}");
            }
        }
    }

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("""{"format": "ditfastattn-plan/1"}""", "missing")]
    public void A_file_that_is_no_plan_is_the_users_error(string text, string expected)
    {
        using var folder = new TemporaryFolder();

        var result = Ditfast.Run("plan", "show", folder.Write("p.json", text));

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldStartWith($"ditfast: plan '{folder["p.json"]}': ");
        result.Log.ShouldContain(expected);
    }

    [Fact]
    public void A_strategy_that_is_not_built_in_is_drawn_and_said()
    {
        using var folder = new TemporaryFolder();

        var result = Ditfast.Run("plan", "show", folder.Write("p.json", SomePlan.Text.Replace("\"asc\"", "\"delta\"", StringComparison.Ordinal)));

        result.Status.ShouldBe(ExitStatus.Done, result.Log);
        result.Output.ShouldContain("blocks.0.attn  Fw0x\n");
        result.Output.ShouldContain("0 delta 12.5 %");
        result.Log.ShouldContain("step 2, site 'blocks.0.attn' is 'delta', which is not built in (full, wa, wars, ast, asc and composites a+b)");
    }

    [Fact]
    public void A_missing_plan_is_the_users_error()
    {
        var result = Ditfast.Run("plan", "show", "/nowhere/p.json");

        result.Status.ShouldBe(ExitStatus.UserError);
        result.Log.ShouldContain("/nowhere/p.json");
    }

    [Fact]
    public void Pictures_stand_in_their_rows_and_blocks()
    {
        using var folder = new TemporaryFolder();
        RgbImage red = new(4, 4, (255, 0, 0)), green = new(4, 4, (0, 255, 0)), blue = new(4, 4, (0, 0, 255)), black = new(4, 4);

        PictureSheet.WritePng(
            folder["sheet.png"],
            ["one", "two"],
            [new PictureSheet.Block("a", "b", [[red], [green]]), new PictureSheet.Block("c", "d", [[blue], [black]])],
            magnification: 8);

        var (width, height, pixels) = Png.Read(folder["sheet.png"]);
        var (redAt, greenAt, blueAt) = (Find(255, 0, 0), Find(0, 255, 0), Find(0, 0, 255));
        redAt.Count.ShouldBe(32 * 32);
        greenAt.Count.ShouldBe(32 * 32);
        blueAt.Count.ShouldBe(32 * 32);
        greenAt.X.ShouldBe(redAt.X);
        greenAt.Y.ShouldBeGreaterThan(redAt.Y);
        blueAt.Y.ShouldBe(redAt.Y);
        blueAt.X.ShouldBeGreaterThan(redAt.X);

        (int Count, int X, int Y) Find(byte r, byte g, byte b)
        {
            var found = Enumerable.Range(0, width * height)
                .Where(i => pixels[i * 3] == r && pixels[(i * 3) + 1] == g && pixels[(i * 3) + 2] == b).ToList();
            return (found.Count, found.Min(i => i % width), found.Min(i => i / width));
        }
    }

    private static double[] See(Rgb colour, double[] vision)
    {
        var (r, g, b) = (Linear(colour.Red), Linear(colour.Green), Linear(colour.Blue));
        return Lab((vision[0] * r) + (vision[1] * g), (vision[2] * r) + (vision[3] * g), b);
    }

    private static double Linear(byte value) => value <= 10 ? value / 255.0 / 12.92 : Math.Pow(((value / 255.0) + 0.055) / 1.055, 2.4);

    private static double[] Lab(double r, double g, double b)
    {
        var x = F(((0.4124 * r) + (0.3576 * g) + (0.1805 * b)) / 0.9505);
        var y = F((0.2126 * r) + (0.7152 * g) + (0.0722 * b));
        var z = F(((0.0193 * r) + (0.1192 * g) + (0.9505 * b)) / 1.089);
        return [(116 * y) - 16, 500 * (x - y), 200 * (y - z)];

        static double F(double t) => t > 0.008856 ? Math.Cbrt(t) : (7.787 * t) + (16.0 / 116);
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
}
