namespace DiTFastAttn.Tests;

public sealed class ShapeTests
{
    [Theory]
    [InlineData("0", 100, 0)]
    [InlineData("128", 16, 128)]
    [InlineData("1/8", 1024, 128)]
    [InlineData("1/8", 77, 9)]
    [InlineData("0/3", 77, 0)]
    [InlineData("3/2", 10, 15)]
    public void Window_is_tokens_or_a_fraction_of_them(string text, long tokens, int expected)
    {
        var window = AttentionWindow.Parse(text);

        window.Resolve(tokens).ShouldBe(expected);
        window.ToString().ShouldBe(text);
        AttentionWindow.Parse(window.ToString()).ShouldBe(window);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1/0")]
    [InlineData("/8")]
    [InlineData("1/")]
    [InlineData("1/8/2")]
    [InlineData("0.125")]
    [InlineData(" 8")]
    [InlineData("99999999999")]
    public void Window_of_another_form_is_refused_with_what_was_given(string text)
        => Should.Throw<FormatException>(() => AttentionWindow.Parse(text)).Message
            .ShouldBe($"window '{text}' is neither a number of tokens (128) nor a fraction of them (1/8).");

    [Fact]
    public void Window_bounds_are_checked()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => AttentionWindow.Tokens(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => AttentionWindow.FractionOfTokens(-1, 8));
        Should.Throw<ArgumentOutOfRangeException>(() => AttentionWindow.FractionOfTokens(1, 0));
        AttentionWindow.Paper.ShouldBe(AttentionWindow.Parse("1/8"));
    }

    [Fact]
    public void Pairs_of_the_window_are_counted_exactly()
    {
        for (var tokens = 1; tokens <= 12; tokens++)
        {
            for (var window = 0; window <= 14; window++)
            {
                var all = Enumerable.Range(0, tokens).SelectMany(i => Enumerable.Range(0, tokens), (i, j) => Math.Abs(i - j));
                new SiteShape(1, tokens, 1, 1, window).WindowPairs.ShouldBe(all.Count(distance => distance <= window));
            }
        }
    }

    [Fact]
    public void Costs_are_those_of_the_paper()
    {
        // L = 256, d = 1152: 1.50994944 GMAC an attention, projections included (known constant of DiT-XL/2 at 256).
        var shape = new SiteShape(1, 256, 16, 72, 32);

        (shape.Projections + shape.FullAttention).ShouldBe(1_509_949_440);
        shape.WindowAttention.ShouldBe(2 * 1152 * ((256 * 65) - (32 * 33)));
    }
}
