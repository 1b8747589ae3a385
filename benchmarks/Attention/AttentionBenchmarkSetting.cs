using TorchSharp;

namespace DiTFastAttn.Benchmarks.Attention;

/// <summary>What a case is prepared for.</summary>
/// <param name="Shape">sizes, the window in tokens among them</param>
/// <param name="Device">device of the tensors</param>
/// <param name="Dtype">type of the tensors</param>
/// <param name="Kernel">the kernel to measure</param>
public sealed record AttentionBenchmarkSetting(
    SiteShape Shape, torch.Device Device, torch.ScalarType Dtype, IAttentionKernel Kernel);
