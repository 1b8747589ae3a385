using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

/// <summary>Reads tensors of any strides in tests.</summary>
internal static class TensorValues
{
    internal static float[] Floats(this Tensor tensor) => tensor.data<float>().ToArray();

    internal static long[] Longs(this Tensor tensor) => tensor.data<long>().ToArray();

    internal static bool[] Bools(this Tensor tensor) => tensor.data<bool>().ToArray();
}
