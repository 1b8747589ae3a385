using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Cuda;

/// <summary>
/// Attention on NVIDIA GPUs by the flash attention inside libtorch (2.5 and newer, Ampere and newer), in float16 and bfloat16: full, along a
/// sequence with a window of its own on either side, and windows beside text by composition. Windows over a grid go by <see cref="TorchAttentionKernel"/>.
/// </summary>
public sealed class FlashAttentionKernel : IAttentionKernel
{
    private const int WidestHead = 256;

    // What the operator asks of a head's width; others are filled up with zeros, which change neither scores nor outputs.
    private const int WidthStep = 8;

    private const long All = -1;

    private readonly IFlashOperator _flash;

    /// <summary>The kernel on the libtorch at work.</summary>
    public FlashAttentionKernel()
        : this(FlashOperator.Libtorch)
    {
    }

    internal FlashAttentionKernel(IFlashOperator flash) => _flash = flash;

    /// <inheritdoc/>
    public string Name => "flash";

    /// <inheritdoc/>
    public bool Supports(in AttentionInput input)
    {
        var type = input.Query.dtype;
        return type is torch.ScalarType.Float16 or torch.ScalarType.BFloat16 && input.Key.dtype == type && input.Value.dtype == type
            && input is { KeyMask: null, Bias: null }
            && AttentionShape.TryReadForKernel(input, out var shape)
            && shape.HeadWidth <= WidestHead
            && (!input.IsCausal || shape.QueryLength == shape.KeyLength)
            && _flash.Serves(input.Query.device);
    }

    /// <inheritdoc/>
    public torch.Tensor Full(in AttentionInput input, AttentionWindow? window = null)
    {
        AttentionShape.Read(input, window is not null);
        using var scope = torch.NewDisposeScope();
        var call = new Call(_flash, input);
        return call.Result(call.Attend(All, input.IsCausal ? 0 : All).Output).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public torch.Tensor Window(in AttentionInput input, AttentionWindow window, torch.Tensor? residual = null)
    {
        AttentionShape.Read(input, needsWindow: true);
        var geometry = WindowGeometry.Of(input, window);
        if (window.Axes > 1)
        {
            return AttentionKernels.Torch.Window(input, window, residual);
        }

        using var scope = torch.NewDisposeScope();
        var call = new Call(_flash, input);
        var windowed = call.Result(geometry.TextTokens == 0 ? call.Attend(Before(geometry), After(geometry)).Output : BesideText(call, geometry));
        return (residual is null ? windowed : GuidanceHalves.Add(windowed, residual)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window)
    {
        // The operator cannot stop half-way: two passes.
        using var windowed = Window(input, window);
        var full = Full(input);
        return new FullAndResidual(full, full - windowed);
    }

    // The grid's tokens see a window of the grid and all of the text; the two softmaxes become one by the sums of their weights. Text sees all.
    private static torch.Tensor BesideText(Call call, in WindowGeometry geometry)
    {
        var (grid, text) = (call.Tokens(geometry.GridStart, geometry.GridTokens), call.Tokens(geometry.TextStart, geometry.TextTokens));
        var (near, nearSum) = call.Attend(grid.Query, grid.Key, grid.Value, Before(geometry), After(geometry));
        var (far, farSum) = call.Attend(grid.Query, text.Key, text.Value, All, All);
        // e^a / (e^a + e^b) = σ(a − b): [B, H, L] -> [B, L, H, 1]
        var share = (nearSum - farSum).sigmoid().transpose(1, 2).unsqueeze(-1);
        var seen = (far + (share * (near.to(torch.ScalarType.Float32) - far))).to(near.dtype);
        var told = call.Attend(text.Query, call.Key, call.Value, All, All).Output;
        return torch.cat(geometry.GridStart == 0 ? [seen, told] : [told, seen], 1);
    }

    // A reach over the whole grid is none: the operator has a faster way for that.
    private static long Before(in WindowGeometry geometry) => Reach(geometry.ColumnsBefore, geometry);

    private static long After(in WindowGeometry geometry) => Reach(geometry.ColumnsAfter, geometry);

    private static long Reach(int tokens, in WindowGeometry geometry) => tokens >= geometry.GridTokens - 1 ? All : tokens;

    /// <summary>A call in the operator's layout; everything belongs to the open dispose scope.</summary>
    private sealed class Call
    {
        private readonly IFlashOperator _flash;
        private readonly double _scale;
        private readonly long _width;

        public Call(IFlashOperator flash, in AttentionInput input)
        {
            _flash = flash;
            _width = input.Query.size(3);
            _scale = input.Scale ?? (1 / Math.Sqrt(_width));
            (Query, Key, Value) = (ByToken(input.Query), ByToken(input.Key), ByToken(input.Value));
        }

        public torch.Tensor Query { get; }

        public torch.Tensor Key { get; }

        public torch.Tensor Value { get; }

        public (torch.Tensor Output, torch.Tensor LogSum) Attend(long before, long after) => Attend(Query, Key, Value, before, after);

        public (torch.Tensor Output, torch.Tensor LogSum) Attend(torch.Tensor query, torch.Tensor key, torch.Tensor value, long before, long after)
            => _flash.Attend(query, key, value, _scale, before, after);

        public (torch.Tensor Query, torch.Tensor Key, torch.Tensor Value) Tokens(long first, long count)
            => (Query.narrow(1, first, count), Key.narrow(1, first, count), Value.narrow(1, first, count));

        /// <summary>[B, L, H, D'] -> [B, H, L, D], a view.</summary>
        public torch.Tensor Result(torch.Tensor output) => output.narrow(3, 0, _width).transpose(1, 2);

        // [B, H, L, D] -> [B, L, H, D'], the elements of a head one behind the other.
        private torch.Tensor ByToken(torch.Tensor tensor)
        {
            var tokens = tensor.transpose(1, 2);
            var missing = -_width & (WidthStep - 1);
            if (missing > 0)
            {
                return torch.nn.functional.pad(tokens, [0, missing]);
            }

            return tokens.stride(3) == 1 ? tokens : tokens.contiguous();
        }
    }
}
