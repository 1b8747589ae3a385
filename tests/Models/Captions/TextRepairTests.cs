using System.Text.Json;
using DiTFastAttn.Models.Captions;

namespace DiTFastAttn.Models.Tests;

/// <summary>The cases of ftfy's own tests (tests/Fixtures/ftfy), and what ftfy 6.3.1 made of those that it fails, and of random garbles of texts in many languages.</summary>
public sealed class TextRepairTests
{
    public static TheoryData<string, int> Cases => Places("in-the-wild.json", "language-names.json", "negative.json", "synthetic.json");

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_of_ftfys_own_is_repaired(string file, int index)
    {
        var (original, fixedText) = Read(file)[index];

        TextRepair.Of(original).ShouldBe(fixedText);
        TextRepair.Of(string.Concat(System.Text.Encoding.UTF8.GetBytes(original).Select(value => (char)value))).ShouldBe(fixedText);
    }

    [Fact]
    public void Garbles_become_what_ftfy_makes_of_them()
    {
        var cases = Read("garbled.json");

        cases.Count.ShouldBeGreaterThan(100);
        cases.Where(item => TextRepair.Of(item.Original) != item.Fixed).Select(item => $"{item.Original} -> {TextRepair.Of(item.Original)}, not {item.Fixed}").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("&amp;\n<html>\n&amp;", "&\n<html>\n&amp;")]
    [InlineData("&lt;&gt;", "<>")]
    [InlineData("&lt;&amp;amp;", "<&")]
    [InlineData("broken&#x81;", "broken\u0081")]
    [InlineData("not an entity &#20x6;", "not an entity &#20x6;")]
    [InlineData("JEDNOCZE&SACUTE;NIE BUNDESSTRA&SZLIG;E", "JEDNOCZEŚNIE BUNDESSTRASSE")]
    [InlineData("&ntilde; &Ntilde; &NTILDE; &nTILDE;", "ñ Ñ Ñ &nTILDE;")]
    [InlineData("informal english &not html", "informal english &not html")]
    [InlineData("\u0001\u001b[36;44mfoo", "foo")]
    [InlineData("\uFEFFSometimes, \uFFFCbad ideas \u007F\uFFFAlike these characters\uFFFB \u206Aget standardized.\r\n", "Sometimes, bad ideas like these characters get standardized.\n")]
    [InlineData("Ｕﾀｰﾝ ﾡￂ ￣", "Uターン 가 \u0020\u0304")]
    public void Parts_of_it_do_what_ftfys_do(string text, string expected) => TextRepair.Of(text).ShouldBe(expected);

    [Fact]
    public void Halves_of_surrogate_pairs_are_replaced()
        => TextRepair.Of("\uDCA9\uD83D \uD83D\uDCA9").ShouldBe("\uFFFD\uFFFD 💩");

    private static TheoryData<string, int> Places(params string[] files)
    {
        var places = new TheoryData<string, int>();
        foreach (var file in files)
        {
            for (var index = 0; index < Read(file).Count; index++)
            {
                places.Add(file, index);
            }
        }

        return places;
    }

    private static List<(string Original, string Fixed)> Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixture.Root, "ftfy", file)));
        return [.. document.RootElement.EnumerateArray().Select(item => (item.GetProperty("original").GetString()!, item.GetProperty("fixed").GetString()!))];
    }
}
