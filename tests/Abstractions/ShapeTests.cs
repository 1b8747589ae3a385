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
            .ShouldStartWith($"window '{text}' is neither a number of tokens (128) nor a fraction of them (1/8)");

    [Theory]
    [InlineData("128:0", 1)]
    [InlineData("1/8:3", 1)]
    [InlineData("8x8", 2)]
    [InlineData("1/4x2:1", 2)]
    [InlineData("1x1/8x0:4", 3)]
    public void Window_may_differ_by_side_and_lie_over_a_grid(string text, int axes)
    {
        var window = AttentionWindow.Parse(text);

        window.Axes.ShouldBe(axes);
        window.ToString().ShouldBe(text);
        AttentionWindow.Parse(window.ToString()).ShouldBe(window);
    }

    [Theory]
    [InlineData("8x")]
    [InlineData("x8")]
    [InlineData("1x2x3x4")]
    [InlineData("8:")]
    [InlineData("1:2:3")]
    public void Window_over_a_grid_of_another_form_is_refused(string text)
        => Should.Throw<FormatException>(() => AttentionWindow.Parse(text)).Message.ShouldStartWith($"window '{text}' is neither");

    [Fact]
    public void A_window_over_a_grid_says_so_where_there_is_none()
    {
        var window = AttentionWindow.Parse("2x2");

        Should.Throw<InvalidOperationException>(() => window.Resolve(64)).Message.ShouldContain("window 2x2 is laid over a grid");
        Should.Throw<ArgumentException>(() => window.AxesOf(default, 64)).Message.ShouldContain("let its projection set AttentionInput.Layout");
        Should.Throw<ArgumentException>(() => window.AxesOf(TokenLayout.Grid(8, 7), 64)).Message
            .ShouldContain("the layout of 1 frames of 8 x 7 and 0 text tokens is not one of 64 tokens");
        Should.Throw<ArgumentOutOfRangeException>(() => TokenLayout.Grid(0, 7)).ParamName.ShouldBe("rows");
    }

    [Theory]
    [InlineData("3")]
    [InlineData("2:0")]
    [InlineData("1/2")]
    [InlineData("1x2")]
    [InlineData("1:0x0:9")]
    [InlineData("1x0:1x2")]
    public void Pairs_on_a_grid_with_text_are_counted_exactly(string text)
    {
        var window = AttentionWindow.Parse(text);
        var (frames, rows, columns, words) = (3, 2, 4, 5);
        var layout = TokenLayout.Grid(frames, rows, columns).WithText(words, first: true);
        var grid = frames * rows * columns;
        long expected = (2 * words * grid) + (words * words);
        for (var i = 0; i < grid; i++)
        {
            for (var j = 0; j < grid; j++)
            {
                var isSeen = window.Axes == 1
                    ? In(window.Columns, j - i, grid)
                    : In(window.Columns, (j % columns) - (i % columns), columns)
                        && In(window.Rows, (j / columns % rows) - (i / columns % rows), rows)
                        && In(window.Frames, (j / columns / rows) - (i / columns / rows), frames);
                expected += isSeen ? 1 : 0;
            }
        }

        window.CountPairs(grid + words, layout).ShouldBe(expected);

        static bool In(WindowExtent extent, int ahead, int length) => ahead >= -extent.Before.Resolve(length) && ahead <= extent.After.Resolve(length);
    }

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
