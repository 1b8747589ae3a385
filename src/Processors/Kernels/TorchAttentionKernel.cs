using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Processors.Kernels;

/// <summary>
/// Attention by libtorch's own operators, for every device and dtype that they serve, and with gradients. The window is computed band by
/// band over blocks of queries, so that it saves work and memory; the residual is full minus window, in two passes.
/// </summary>
public sealed class TorchAttentionKernel : IAttentionKernel
{
    // A block of b queries reads b + 2w keys: half a window keeps the waste at a quarter, 64 keeps small windows out of tiny operators.
    private const int SmallestBlock = 64;

    /// <inheritdoc/>
    public string Name => "torch";

    /// <inheritdoc/>
    public bool Supports(in AttentionInput input) =>
        AttentionShape.TryRead(input, out _) && input.Query.is_floating_point()
        && input.Query.dtype == input.Key.dtype && input.Query.dtype == input.Value.dtype;

    /// <inheritdoc/>
    public torch.Tensor Full(in AttentionInput input, AttentionWindow? window = null)
    {
        // Two passes: the order of one does not depend on the other.
        AttentionShape.Read(input, window is not null);
        return PlainAttention.Compute(input);
    }

    /// <inheritdoc/>
    public torch.Tensor Window(in AttentionInput input, AttentionWindow window, torch.Tensor? residual = null)
    {
        var length = AttentionShape.Read(input, needsWindow: true).QueryLength;
        var geometry = WindowGeometry.Of(window, input.Layout, length);
        var windowed = window.Axes == 1 ? AttendAlong(input, geometry) : AttendOnGrid(input, geometry);
        if (residual is null)
        {
            return windowed;
        }

        using (windowed)
        {
            return GuidanceHalves.Add(windowed, residual);
        }
    }

    /// <inheritdoc/>
    public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window)
    {
        using var windowed = Window(input, window);
        var full = Full(input);
        return new FullAndResidual(full, full - windowed);
    }

    // Along the sequence: band by band, so that it saves work and memory.
    private static torch.Tensor AttendAlong(in AttentionInput input, in WindowGeometry geometry)
    {
        var tokens = (long)geometry.GridTokens;
        var (before, after) = (geometry.ColumnsBefore, geometry.ColumnsAfter);
        if (Math.Min(before, after) >= tokens - 1)
        {
            return PlainAttention.Compute(input);
        }

        using var scope = torch.NewDisposeScope();
        var mask = PlainAttention.Mask(input);
        var size = Math.Max(SmallestBlock, Math.Max(before, after) / 2);
        var text = geometry.TextTokens;
        var textFirst = geometry.GridStart > 0;
        var rows = new List<torch.Tensor>();
        if (textFirst)
        {
            rows.Add(ComputeRows(input, mask, 0, text));
        }

        Band band = default;
        torch.Tensor? visible = null;
        for (long start = 0; start < tokens; start += size)
        {
            var queries = Math.Min(size, tokens - start);
            var from = Math.Max(0, start - before);
            var keys = Math.Min(tokens, start + queries + after) - from;
            // Blocks in the middle share one band.
            if (visible is null || band != new Band(queries, keys, start - from))
            {
                band = new Band(queries, keys, start - from);
                visible?.Dispose();
                visible = See(band, before, after, text, input.Query.device);
            }

            var seen = new Columns(geometry.GridStart + from, keys, geometry.TextStart, text);
            rows.Add(PlainAttention.Compute(
                input,
                input.Query.narrow(2, geometry.GridStart + start, queries),
                Take(input.Key, 2, seen),
                Take(input.Value, 2, seen),
                Join(visible, mask is null ? null : Take(RowsOf(mask, geometry.GridStart + start, queries), mask.dim() - 1, seen))));
        }

        if (text > 0 && !textFirst)
        {
            rows.Add(ComputeRows(input, mask, tokens, text));
        }

        // [B, H, b, D] each -> [B, H, L, D]
        return torch.cat(rows, 2).MoveToOuterDisposeScope();
    }

    // On the grid: all pairs, what is not seen masked.
    private static torch.Tensor AttendOnGrid(in AttentionInput input, in WindowGeometry geometry)
    {
        using var scope = torch.NewDisposeScope();
        var device = input.Query.device;
        var place = torch.arange(0, geometry.GridTokens, torch.ScalarType.Int64, device);
        var columns = place.remainder(geometry.Columns);
        var rows = place.div(geometry.Columns, torch.RoundingMode.floor);
        var near = Near(columns, geometry.ColumnsBefore, geometry.ColumnsAfter)
            .logical_and(Near(rows.remainder(geometry.Rows), geometry.RowsBefore, geometry.RowsAfter))
            .logical_and(Near(rows.div(geometry.Rows, torch.RoundingMode.floor), geometry.FramesBefore, geometry.FramesAfter));
        var tokens = input.Tokens;
        var visible = torch.ones([tokens, tokens], torch.ScalarType.Bool, device);
        visible.narrow(0, geometry.GridStart, geometry.GridTokens).narrow(1, geometry.GridStart, geometry.GridTokens).copy_(near);
        return PlainAttention.Compute(input, input.Query, input.Key, input.Value, Join(visible, PlainAttention.Mask(input))).MoveToOuterDisposeScope();
    }

    // [L, L]: whether key j lies within the reaches of query i along one axis.
    private static torch.Tensor Near(torch.Tensor positions, int before, int after)
    {
        var ahead = positions.unsqueeze(0) - positions.unsqueeze(1);
        return ahead.ge(-before).logical_and(ahead.le(after));
    }

    // Text tokens see all.
    private static torch.Tensor ComputeRows(in AttentionInput input, torch.Tensor? mask, long start, long count) =>
        PlainAttention.Compute(
            input, input.Query.narrow(2, start, count), input.Key, input.Value, mask is null ? null : RowsOf(mask, start, count));

    private static torch.Tensor RowsOf(torch.Tensor mask, long start, long count) =>
        mask.size((int)mask.dim() - 2) == 1 ? mask : mask.narrow(mask.dim() - 2, start, count);

    // The window's keys, and the text's behind them.
    private static torch.Tensor Take(torch.Tensor tensor, long dimension, Columns columns)
    {
        var near = tensor.narrow(dimension, columns.From, columns.Count);
        return columns.Text == 0 ? near : torch.cat([near, tensor.narrow(dimension, columns.TextFrom, columns.Text)], dimension);
    }

    // A band of what is seen with the call's own mask, which is of either kind.
    private static torch.Tensor Join(torch.Tensor visible, torch.Tensor? mask) => mask switch
    {
        null => visible,
        { dtype: torch.ScalarType.Bool } => visible.logical_and(mask),
        _ => mask.masked_fill(visible.logical_not(), double.NegativeInfinity),
    };

    // [b, keys + text]: whether a query sees a key.
    private static torch.Tensor See(Band band, int before, int after, long text, torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        var i = torch.arange(band.Offset, band.Offset + band.Queries, torch.ScalarType.Int64, device).unsqueeze(1);
        var j = torch.arange(0, band.Keys, torch.ScalarType.Int64, device).unsqueeze(0);
        var near = (j - i).ge(-before).logical_and((j - i).le(after));
        return (text == 0 ? near : torch.cat([near, torch.ones([band.Queries, text], torch.ScalarType.Bool, device)], 1)).MoveToOuterDisposeScope();
    }

    /// <summary>The keys that a block of queries sees: near ones, and the text.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Columns(long From, long Count, long TextFrom, long Text);

    /// <summary>What a band depends on besides the window.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Band(long Queries, long Keys, long Offset);
}
