using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DiTFastAttn.Evaluation.Inception;

/// <summary>Pooling as the network's blocks need it.</summary>
internal static class Pooling
{
    /// <summary>The pooling of a branch; the caller owns the result.</summary>
    public static Tensor Apply(this BranchPool pool, Tensor x) => pool == BranchPool.Max
        ? functional.max_pool2d(x, 3, stride: 1, padding: 1)
        : functional.avg_pool2d(x, 3, stride: 1, padding: 1, count_include_pad: false);

    /// <summary>The largest of 3×3 with stride 2; the caller owns the result.</summary>
    public static Tensor Halve(Tensor x) => functional.max_pool2d(x, 3, stride: 2);

    /// <summary>Means over the pixels: [B, C, H, W] -> [B, C]; the caller owns the result.</summary>
    public static Tensor Mean(Tensor x) => x.mean([2, 3]);
}
