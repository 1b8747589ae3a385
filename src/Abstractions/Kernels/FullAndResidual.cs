using TorchSharp;

namespace DiTFastAttn;

/// <summary>Full attention with the residual that window attention leaves. Both tensors belong to the caller.</summary>
/// <param name="Full">O <c>[B, H, L, D]</c></param>
/// <param name="Residual">R = O − W <c>[B, H, L, D]</c>, before the output projection.</param>
public readonly record struct FullAndResidual(torch.Tensor Full, torch.Tensor Residual);
