using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Cuda;

/// <summary>See <see cref="FlashOperator"/>.</summary>
internal delegate (torch.Tensor Output, torch.Tensor LogSum) FlashCall(
    torch.Tensor query, torch.Tensor key, torch.Tensor value, long longestQuery, long longestKey, double scale, long before, long after);
