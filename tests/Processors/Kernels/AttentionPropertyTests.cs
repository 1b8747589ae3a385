using FsCheck;
using FsCheck.Fluent;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>Every kernel on calls of any shape against float64; a failure shrinks to the smallest call that fails.</summary>
public sealed class AttentionPropertyTests
{
    [Fact]
    public void Any_call_matches_its_definition()
    {
        using var noGrad = torch.no_grad();
        Prop.ForAll(AttentionCase.Any(), c => Check(c)).Check(
            Config.QuickThrowOnFailure.WithMaxTest(600).WithReplay(200_811, 297));
    }

    private static void Check(AttentionCase c)
    {
        var check = new AttentionCheck(c);
        foreach (var name in Kernel.Names)
        {
            // Half precision on the CPU is ours to serve: libtorch 1.13 has no float16 products there.
            var kernel = Kernel.Named(name);
            if (c.Type == torch.ScalarType.Float32 || kernel is not TorchAttentionKernel)
            {
                check.Compare(kernel, torch.CPU).ShouldBeTrue(name);
            }
        }
    }
}
