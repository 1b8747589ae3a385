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
    public torch.Tensor Window(in AttentionInput input, AttentionWindow window)
    {
        var length = AttentionShape.Read(input, needsWindow: true).QueryLength;
        var text = input.Layout.TextTokens;
        var first = input.Layout.TextFirst ? text : 0;
        var tokens = length - text;
        var w = window.Resolve(tokens);
        if (w >= tokens - 1)
        {
            return PlainAttention.Compute(input);
        }

        using var scope = torch.NewDisposeScope();
        var mask = PlainAttention.Mask(input);
        var size = Math.Max(SmallestBlock, w / 2);
        var rows = new List<torch.Tensor>();
        if (text > 0 && input.Layout.TextFirst)
        {
            rows.Add(ComputeRows(input, mask, 0, text));
        }

        Band band = default;
        torch.Tensor? visible = null;
        for (long start = 0; start < tokens; start += size)
        {
            var queries = Math.Min(size, tokens - start);
            var from = Math.Max(0, start - w);
            var keys = Math.Min(tokens, start + queries + w) - from;
            // Blocks in the middle share one band.
            if (visible is null || band != new Band(queries, keys, start - from))
            {
                band = new Band(queries, keys, start - from);
                visible?.Dispose();
                visible = See(band, w, text, input.Query.device);
            }

            var seen = new Columns(first + from, keys, input.Layout.TextFirst ? 0 : tokens, text);
            rows.Add(PlainAttention.Compute(
                input,
                input.Query.narrow(2, first + start, queries),
                Take(input.Key, 2, seen),
                Take(input.Value, 2, seen),
                Join(visible, mask is null ? null : Take(RowsOf(mask, first + start, queries), -1, seen))));
        }

        if (text > 0 && !input.Layout.TextFirst)
        {
            rows.Add(ComputeRows(input, mask, tokens, text));
        }

        // [B, H, b, D] each -> [B, H, L, D]
        return torch.cat(rows, 2).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public FullAndResidual FullWithResidual(in AttentionInput input, AttentionWindow window)
    {
        using var windowed = Window(input, window);
        var full = Full(input);
        return new FullAndResidual(full, full - windowed);
    }

    // Text tokens see all.
    private static torch.Tensor ComputeRows(in AttentionInput input, torch.Tensor? mask, long start, long count) =>
        PlainAttention.Compute(
            input, input.Query.narrow(2, start, count), input.Key, input.Value, mask is null ? null : RowsOf(mask, start, count));

    private static torch.Tensor RowsOf(torch.Tensor mask, long start, long count) =>
        mask.size(-2) == 1 ? mask : mask.narrow(-2, start, count);

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
    private static torch.Tensor See(Band band, int window, long text, torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        var i = torch.arange(band.Offset, band.Offset + band.Queries, torch.ScalarType.Int64, device).unsqueeze(1);
        var j = torch.arange(0, band.Keys, torch.ScalarType.Int64, device).unsqueeze(0);
        var near = (i - j).abs().le(window);
        return (text == 0 ? near : torch.cat([near, torch.ones([band.Queries, text], torch.ScalarType.Bool, device)], 1)).MoveToOuterDisposeScope();
    }

    /// <summary>The keys that a block of queries sees: near ones, and the text.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Columns(long From, long Count, long TextFrom, long Text);

    /// <summary>What a band depends on besides the window.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Band(long Queries, long Keys, long Offset);
}
