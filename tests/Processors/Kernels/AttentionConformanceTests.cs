using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>Every kernel against the definition in float64.</summary>
public sealed class AttentionConformanceTests
{
    private const double Limit = 1e-6;
    private const double PeakedLimit = 1.5e-6;

    // All kernels are held to the same answers.
    private static readonly Dictionary<(int Length, int Width), AttentionReference> References = [];

    private static readonly int[] Widths = [1, 3, 8, 24, 40, 64, 72, 80, 96, 128];

    public static TheoryData<string, int, int> Shapes()
    {
        var data = new TheoryData<string, int, int>();
        foreach (var kernel in Kernel.Names)
        {
            foreach (var width in Widths)
            {
                foreach (var length in new[] { 1, 2, 17, 48, 77 })
                {
                    data.Add(kernel, length, width);
                }
            }

            data.Add(kernel, 300, 3);
            data.Add(kernel, 300, 24);
            data.Add(kernel, 300, 64);
            data.Add(kernel, 300, 128);
            data.Add(kernel, 1000, 8);
            data.Add(kernel, 1000, 72);
            data.Add(kernel, 130, 256);
            data.Add(kernel, 130, 37);
        }

        return data;
    }

    public static TheoryData<string, int, int> CrossLengths()
    {
        var data = new TheoryData<string, int, int>();
        foreach (var kernel in Kernel.Names)
        {
            foreach (var (queries, keys) in new[] { (1, 77), (77, 1), (300, 77), (64, 300), (50, 129), (7, 1000) })
            {
                data.Add(kernel, queries, keys);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Full_window_and_residual_match_their_definition(string name, int length, int width)
    {
        using var scope = torch.NewDisposeScope();
        var kernel = Kernel.Named(name);
        var inputs = Inputs.Packed(batch: 2, heads: 2, length, width);
        if (!References.TryGetValue((length, width), out var reference))
        {
            References[(length, width)] = reference = new AttentionReference(inputs);
        }

        var full = reference.Attend();
        Check(kernel.Full(inputs.Attention), full, full, "full");
        foreach (var window in new[] { 0, 1, 5, length / 8, length - 2, length - 1, length + 3 }.Where(w => w >= 0).Distinct())
        {
            var windowed = reference.Attend(window);
            Check(kernel.Window(inputs.Attention, AttentionWindow.Tokens(window)), windowed, windowed, $"window {window}");
            var both = kernel.FullWithResidual(inputs.Attention, AttentionWindow.Tokens(window));
            Check(both.Full, full, full, $"full beside window {window}");
            // Asked for the order of a window, full attention has the very bits that it has beside the residual.
            var ordered = AttentionReference.Floats(kernel.Full(inputs.Attention, AttentionWindow.Tokens(window)));
            ordered.AsSpan().SequenceEqual(AttentionReference.Floats(both.Full)).ShouldBeTrue($"full in the order of window {window}");
            // The residual is a difference: its error is measured against what it is a difference of.
            Check(both.Residual, [.. full.Zip(windowed, (o, w) => o - w)], windowed, $"residual of window {window}");
        }

        void Check(torch.Tensor actual, double[] expected, double[] scale, string what)
        {
            actual.shape.ShouldBe([2L, 2, length, width], what);
            AttentionReference.RelativeError(reference.Chosen(actual), expected, scale).ShouldBeLessThan(Limit, what);
        }
    }

    [Theory]
    [MemberData(nameof(CrossLengths))]
    public void Queries_and_keys_may_differ_in_length(string name, int queries, int keys)
    {
        using var scope = torch.NewDisposeScope();
        var inputs = Inputs.Plain(batch: 2, heads: 3, queries, width: 40, keyLength: keys);
        var reference = new AttentionReference(inputs);
        var expected = reference.Attend();
        var actual = Kernel.Named(name).Full(inputs.Attention);
        actual.shape.ShouldBe([2L, 3, queries, 40]);
        AttentionReference.RelativeError(reference.Chosen(actual), expected, expected).ShouldBeLessThan(Limit);
    }

    [Theory]
    [MemberData(nameof(Kernel.All), MemberType = typeof(Kernel))]
    public void Peaked_softmax_stays_accurate(string name)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var scale in new[] { 2f, 3f, 100f, 1e4f })
        {
            var inputs = Inputs.Plain(batch: 1, heads: 2, length: 300, width: 72, scale: scale);
            var reference = new AttentionReference(inputs);
            var full = reference.Attend();
            var windowed = reference.Attend(37);
            var both = Kernel.Named(name).FullWithResidual(inputs.Attention, AttentionWindow.Tokens(37));
            var window = Kernel.Named(name).Window(inputs.Attention, AttentionWindow.Tokens(37));
            AttentionReference.RelativeError(reference.Chosen(both.Full), full, full).ShouldBeLessThan(PeakedLimit, $"full, scale {scale}");
            AttentionReference.RelativeError(reference.Chosen(window), windowed, windowed)
                .ShouldBeLessThan(PeakedLimit, $"window, scale {scale}");
            AttentionReference.RelativeError(reference.Chosen(both.Residual), [.. full.Zip(windowed, (o, w) => o - w)], windowed)
                .ShouldBeLessThan(2 * PeakedLimit, $"residual, scale {scale}");
        }
    }

    [Theory]
    [InlineData(1e4f)]
    [InlineData(1e18f)]
    [InlineData(-1e4f)]
    [InlineData(-1e18f)]
    public void Huge_scores_of_one_sign_neither_overflow_nor_vanish(float size)
    {
        foreach (var name in Kernel.Names)
        {
            using var scope = torch.NewDisposeScope();
            // Every score is the same, up to ±√D · 1e36: the result is the mean of the values that are seen.
            var query = torch.full([1, 1, 60, 16], Math.Abs(size));
            var key = torch.full([1, 1, 60, 16], size);
            var value = Inputs.Normal(3, 1, 1, 1, 60, 16);
            var kernel = Kernel.Named(name);
            var full = AttentionReference.Floats(kernel.Full(new AttentionInput(query, key, value)));
            var both = kernel.FullWithResidual(new AttentionInput(query, key, value), AttentionWindow.Tokens(4));
            var window = AttentionReference.Floats(kernel.Window(new AttentionInput(query, key, value), AttentionWindow.Tokens(4)));
            var values = AttentionReference.Floats(value);
            for (var d = 0; d < 16; d++)
            {
                var mean = Enumerable.Range(0, 60).Average(j => (double)values[(j * 16) + d]);
                full[(30 * 16) + d].ShouldBe((float)mean, 1e-6f, name);
                AttentionReference.Floats(both.Full)[(30 * 16) + d].ShouldBe((float)mean, 1e-6f, name);
                var near = Enumerable.Range(26, 9).Average(j => (double)values[(j * 16) + d]);
                window[(30 * 16) + d].ShouldBe((float)near, 1e-6f, name);
                AttentionReference.Floats(both.Residual)[(30 * 16) + d].ShouldBe((float)(mean - near), 2e-6f, name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kernel.All), MemberType = typeof(Kernel))]
    public void NaN_reaches_every_query_that_meets_it_and_nothing_far_from_it(string name)
    {
        using var scope = torch.NewDisposeScope();
        const int length = 400, width = 24, at = 200, window = 10;
        var kernel = Kernel.Named(name);
        foreach (var which in new[] { "query", "key", "value" })
        {
            var inputs = Inputs.Plain(1, 1, length, width);
            var poisoned = which switch { "query" => inputs.Query, "key" => inputs.Key, _ => inputs.Value };
            poisoned[0, 0, at, 5] = torch.tensor(float.NaN);
            var full = AttentionReference.Floats(kernel.Full(inputs.Attention));
            var windowed = AttentionReference.Floats(kernel.Window(inputs.Attention, AttentionWindow.Tokens(window)));
            var both = kernel.FullWithResidual(inputs.Attention, AttentionWindow.Tokens(window));
            var fused = AttentionReference.Floats(both.Full);
            var residual = AttentionReference.Floats(both.Residual);
            for (var i = 0; i < length; i++)
            {
                var element = (i * width) + 5;
                var meets = which != "query" || i == at;
                float.IsNaN(full[element]).ShouldBe(meets, $"{which} {i}");
                float.IsNaN(fused[element]).ShouldBe(meets, $"{which} {i}");
                float.IsNaN(residual[element]).ShouldBe(meets, $"{which} {i}");
                if (which == "query" ? i == at : Math.Abs(i - at) <= window)
                {
                    float.IsNaN(windowed[element]).ShouldBeTrue($"{which} {i}");
                }
                else if (which == "query" || Math.Abs(i - at) > 150)
                {
                    // Nearer ones may share a block of keys with it, where its weight of 0 times NaN is NaN, as in torch with a mask.
                    float.IsNaN(windowed[element]).ShouldBeFalse($"{which} {i}");
                }

                if (which == "value")
                {
                    float.IsNaN(full[element + 1]).ShouldBeFalse($"other column, {i}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kernel.All), MemberType = typeof(Kernel))]
    public void Infinite_scores_give_what_the_definition_gives(string name)
    {
        using var scope = torch.NewDisposeScope();
        const int length = 100, width = 8;
        var inputs = Inputs.Plain(1, 1, length, width);
        // −∞ for queries with a positive first element, +∞ for the others.
        inputs.Key[0, 0, 50, 0] = torch.tensor(float.NegativeInfinity);
        var reference = new AttentionReference(inputs);
        var expected = reference.Attend();
        var actual = reference.Chosen(Kernel.Named(name).Full(inputs.Attention));
        expected.ShouldContain(x => double.IsNaN(x));
        expected.ShouldContain(x => double.IsFinite(x));
        for (var i = 0; i < actual.Length; i++)
        {
            float.IsNaN(actual[i]).ShouldBe(double.IsNaN(expected[i]), $"element {i}");
            if (double.IsFinite(expected[i]))
            {
                actual[i].ShouldBe((float)expected[i], 1e-5f);
            }
        }
    }
}
