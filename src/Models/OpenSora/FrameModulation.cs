using DiTFastAttn.Models.DiT;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.Models.OpenSora;

/// <summary>
/// adaLN-single (PixArt-α, arXiv 2310.00426) by frame: a block's table plus what all blocks share. Frames that are conditions take what timestep 0
/// gives.
/// </summary>
internal static class FrameModulation
{
    /// <summary>One condition for every frame, or that of timestep 0 where the frame is masked.</summary>
    /// <param name="condition"><c>[B, n]</c></param>
    /// <param name="clean">The same for timestep 0; needed with a mask.</param>
    /// <param name="frameMask">bool <c>[B, T]</c> or none.</param>
    /// <returns><c>[B, T or 1, n]</c>; the caller owns it.</returns>
    public static Tensor ByFrame(Tensor condition, Tensor? clean, Tensor? frameMask)
    {
        var shared = condition.unsqueeze(1);
        if (frameMask is null)
        {
            return shared;
        }

        using (shared)
        using (var kept = clean!.unsqueeze(1))
        using (var isNoisy = frameMask.unsqueeze(-1))
        {
            return where(isNoisy, shared, kept);
        }
    }

    /// <summary>A block's shifts, scales and gates.</summary>
    /// <param name="table"><c>[n, d]</c></param>
    /// <param name="condition"><c>[B, T or 1, n·d]</c></param>
    /// <returns>n of <c>[B, T or 1, 1, d]</c>; they belong to the open dispose scope.</returns>
    public static Tensor[] Of(Tensor table, Tensor condition)
    {
        var (parts, width) = (table.shape[0], table.shape[1]);
        using var split = condition.view(condition.shape[0], condition.shape[1], parts, 1, width);
        using var rows = table.unsqueeze(1);
        using var sum = split + rows; // [B, T or 1, n, 1, d]
        return [.. Enumerable.Range(0, (int)parts).Select(part => sum.select(2, part))];
    }

    /// <summary>LN(x)·(1 + scale) + shift.</summary>
    /// <param name="x"><c>[B, T, S, d]</c></param>
    /// <param name="shift"><c>[B, T or 1, 1, d]</c></param>
    /// <param name="scale"><c>[B, T or 1, 1, d]</c></param>
    /// <returns><c>[B, T, S, d]</c>; the caller owns it.</returns>
    public static Tensor Modulate(Tensor x, Tensor shift, Tensor scale) => AdaLNZero.Modulate(x, shift, scale, AdaLNZero.Epsilon);
}
