using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>A call and what its definition in float64 gives for it.</summary>
internal sealed class AttentionCheck
{
    private readonly AttentionCase _case;
    private readonly double[] _full;
    private readonly double[] _windowed;

    public AttentionCheck(AttentionCase @case)
    {
        using var scope = torch.NewDisposeScope();
        _case = @case;
        var oracle = new AttentionOracle(@case, @case.Make());
        (_full, _windowed) = (oracle.Attend(inWindow: false), @case.ContextKeys > 0 ? [] : oracle.Attend(inWindow: true));
    }

    /// <summary>Compares everything that a kernel computes of the call.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="device">Where to compute it.</param>
    /// <param name="withGrids">Whether windows over a grid are compared too.</param>
    /// <returns>Whether the kernel serves the call.</returns>
    public bool Compare(IAttentionKernel kernel, torch.Device device, bool withGrids = true)
    {
        using var scope = torch.NewDisposeScope();
        var (c, full, windowed) = (_case, _full, _windowed);
        var made = c.Make();
        var input = made with { Query = made.Query.to(device), Key = made.Key.to(device), Value = made.Value.to(device), KeyMask = made.KeyMask?.to(device) };
        if (!kernel.Supports(input))
        {
            return false;
        }

        var name = kernel.Name;
        Compare(kernel.Full(input), full, full, $"{name} full");
        var window = AttentionWindow.Parse(c.Window);
        if (c.ContextKeys > 0 || (window.Axes > 1 && !withGrids))
        {
            return true;
        }

        if (c.IsCausal && (window.Axes > 1 || c.Text > 0))
        {
            Should.Throw<ArgumentException>(() => kernel.Window(input, window));
            return true;
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
            double[] rounded = [.. Floats(sum)];
            Compare(kernel.Window(input, window, half), rounded, windowed, $"{name} window and residual");
        }

        return true;

        void Compare(torch.Tensor actual, double[] expected, double[] scale, string what)
        {
            actual.shape.ShouldBe([(long)c.Batch, c.Heads, c.Queries, c.HeadWidth], what);
            actual.dtype.ShouldBe(c.Type, what);
            var limit = c.Type switch { torch.ScalarType.BFloat16 => 6e-3, torch.ScalarType.Float16 => 8e-4, _ => 1.5e-6 };
            AttentionReference.RelativeError(Floats(actual), expected, scale).ShouldBeLessThan(limit, what);
        }

        static void Same(torch.Tensor actual, torch.Tensor expected, string what) => Floats(actual).AsSpan().SequenceEqual(Floats(expected)).ShouldBeTrue(what);

        static float[] Floats(torch.Tensor tensor) => AttentionReference.Floats(tensor.to(torch.ScalarType.Float32, torch.CPU));
    }
}
