using FsCheck;
using FsCheck.Fluent;
using DiTFastAttn.Processors.Kernels.Tests;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Cuda.Tests;

/// <summary>The kernels of a GPU on calls of any shape against float64.</summary>
public sealed class CudaConformanceTests
{
    [CudaFact]
    public void Flash_float16() => Check(AttentionKernels.Flash, torch.ScalarType.Float16, leastServed: 100);

    [CudaFact]
    public void Flash_bfloat16() => Check(AttentionKernels.Flash, torch.ScalarType.BFloat16, leastServed: 100);

    [CudaFact]
    public void Torch_float16() => Check(AttentionKernels.Torch, torch.ScalarType.Float16, leastServed: 300);

    [CudaFact]
    public void Torch_bfloat16() => Check(AttentionKernels.Torch, torch.ScalarType.BFloat16, leastServed: 300);

    [CudaFact]
    public void Torch_float32() => Check(AttentionKernels.Torch, torch.ScalarType.Float32, leastServed: 300);

    [CudaFact]
    public void Half_precision_on_a_gpu_goes_to_flash()
    {
        using var scope = torch.NewDisposeScope();
        var half = new AttentionCase { Columns = 6, Type = torch.ScalarType.Float16, Seed = 1 }.Make();
        var there = new AttentionInput(half.Query.cuda(), half.Key.cuda(), half.Value.cuda());
        AttentionKernels.For(there).ShouldBe(AttentionKernels.Flash);
    }

    private static void Check(IAttentionKernel kernel, torch.ScalarType type, int leastServed)
    {
        using var noGrad = torch.no_grad();
        var served = 0;
        Prop.ForAll(AttentionCase.Any(), c => served += new AttentionCheck(c with { Type = type }).Compare(kernel, torch.CUDA) ? 1 : 0)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(40, 297));
        served.ShouldBeGreaterThanOrEqualTo(leastServed);
    }
}
