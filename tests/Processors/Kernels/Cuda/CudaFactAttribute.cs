using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Cuda.Tests;

/// <summary>A test that needs a GPU; without one it is skipped, by name.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CudaFactAttribute : FactAttribute
{
    public CudaFactAttribute()
    {
        if (!torch.cuda.is_available())
        {
            Skip = "this torch has no CUDA device";
        }
    }
}
