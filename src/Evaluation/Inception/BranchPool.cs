namespace DiTFastAttn.Evaluation.Inception;

/// <summary>What a block's pooling branch does before its 1×1 convolution, 3×3 with stride 1: the size stays.</summary>
internal enum BranchPool
{
    /// <summary>The mean of the pixels that are there; the padding does not count, unlike in torchvision.</summary>
    Average,

    /// <summary>The largest, in the last block: a slip of the original network that its weights were trained with.</summary>
    Max,
}
