using FsCheck;
using FsCheck.Fluent;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>Every kernel on calls of any shape against float64; a failure shrinks to the smallest call that fails.</summary>
public sealed class AttentionPropertyTests
{
    [Fact]
    public void Any_call_matches_its_definition()
    {
        using var noGrad = torch.no_grad();
        Prop.ForAll(AttentionCase.Any(), c => Check(c)).Check(
            Config.QuickThrowOnFailure.WithMaxTest(600).WithReplay(200_811, 297));
    }

    private static void Check(AttentionCase c)
    {
        using var scope = torch.NewDisposeScope();
        var input = c.Make();
        var oracle = new AttentionOracle(c, input);
        var full = oracle.Attend(inWindow: false);
        var windowed = c.ContextKeys > 0 ? [] : oracle.Attend(inWindow: true);
        var window = AttentionWindow.Parse(c.Window);
        foreach (var name in Kernel.Names)
        {
            // Half precision on the CPU is ours to serve: libtorch 1.13 has no float16 products there.
            var kernel = Kernel.Named(name);
            if (c.Type != torch.ScalarType.Float32 && kernel is TorchAttentionKernel)
            {
                continue;
            }

            kernel.Supports(input).ShouldBeTrue(name);
            Compare(kernel.Full(input), full, full, $"{name} full");
            if (c.ContextKeys > 0)
            {
                continue;
            }

            if (c.IsCausal && (window.Axes > 1 || c.Text > 0))
            {
                Should.Throw<ArgumentException>(() => kernel.Window(input, window));
                continue;
            }

            var near = kernel.Window(input, window);
            Compare(near, windowed, windowed, $"{name} window");
            var both = kernel.FullWithResidual(input, window);
            Compare(both.Full, full, full, $"{name} full beside the window");
            Compare(both.Residual, [.. full.Zip(windowed, (o, w) => o - w)], windowed, $"{name} residual");
            Same(kernel.Full(input, window), both.Full, $"{name} full in the order of the window");
            var half = both.Residual.narrow(0, 0, c.Batch % 2 == 0 ? c.Batch / 2 : c.Batch);
            var sum = near + half.repeat(c.Batch / half.size(0), 1, 1, 1);
            if (c.Type == torch.ScalarType.Float32)
            {
                Same(kernel.Window(input, window, half), sum, $"{name} window and residual");
            }
            else
            {
                // One rounding instead of three.
                double[] rounded = [.. AttentionReference.Floats(sum.to(torch.ScalarType.Float32))];
                Compare(kernel.Window(input, window, half), rounded, windowed, $"{name} window and residual");
            }
        }

        void Compare(torch.Tensor actual, double[] expected, double[] scale, string what)
        {
            actual.shape.ShouldBe([(long)c.Batch, c.Heads, c.Queries, c.HeadWidth], what);
            actual.dtype.ShouldBe(c.Type, what);
            var limit = c.Type switch { torch.ScalarType.BFloat16 => 6e-3, torch.ScalarType.Float16 => 8e-4, _ => 1.5e-6 };
            AttentionReference.RelativeError(AttentionReference.Floats(actual.to(torch.ScalarType.Float32)), expected, scale).ShouldBeLessThan(limit, what);
        }

        void Same(torch.Tensor actual, torch.Tensor expected, string what)
            => AttentionReference.Floats(actual.to(torch.ScalarType.Float32)).AsSpan()
                .SequenceEqual(AttentionReference.Floats(expected.to(torch.ScalarType.Float32))).ShouldBeTrue(what);
    }
}
