using FsCheck;
using FsCheck.Fluent;
using DiTFastAttn.Processors.Kernels.Tests;
using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Cuda.Tests;

/// <summary>What the kernel composes of libtorch's operator, on a stand-in for it.</summary>
public sealed class FlashAttentionKernelTests
{
    [Fact]
    public void Any_call_of_half_precision_matches_its_definition()
    {
        using var noGrad = torch.no_grad();
        var (kernel, served) = (new FlashAttentionKernel(new ExactFlash()), 0);
        Prop.ForAll(AttentionCase.Any(), c =>
        {
            var half = c with { Type = c.Seed % 2 == 0 ? torch.ScalarType.Float16 : torch.ScalarType.BFloat16 };
            // Windows over a grid are torch's, which does not multiply float16 on every CPU.
            served += new AttentionCheck(half).Compare(kernel, torch.CPU, withGrids: false) ? 1 : 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(40, 297));
        served.ShouldBeGreaterThan(100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(70)]
    [InlineData(256)]
    public void Widths_are_filled_up_and_the_scale_stays_that_of_the_width(int width)
    {
        var half = new AttentionCase { HeadWidth = width, Columns = 40, Window = "5", Type = torch.ScalarType.BFloat16, Seed = 3 };
        new AttentionCheck(half).Compare(new FlashAttentionKernel(new ExactFlash()), torch.CPU).ShouldBeTrue();
    }

    [Fact]
    public void A_window_as_wide_as_the_tokens_is_one_call_without_a_window()
    {
        using var scope = torch.NewDisposeScope();
        var flash = new ExactFlash();
        var kernel = new FlashAttentionKernel(flash);
        var inputs = new AttentionCase { Columns = 20, Type = torch.ScalarType.Float16, Seed = 1 }.Make();
        var full = AttentionReference.Floats(kernel.Full(inputs).to(torch.ScalarType.Float32));
        var windowed = AttentionReference.Floats(kernel.Window(inputs, AttentionWindow.Tokens(19)).to(torch.ScalarType.Float32));
        windowed.ShouldBe(full);
        flash.Calls.ShouldBe(2);
    }

    [Fact]
    public void What_it_does_not_serve_goes_to_torch()
    {
        using var scope = torch.NewDisposeScope();
        var kernel = new FlashAttentionKernel(new ExactFlash());
        var half = new AttentionCase { Columns = 6, Type = torch.ScalarType.Float16, Seed = 1 };
        kernel.Supports(half.Make()).ShouldBeTrue();
        kernel.Supports((half with { Type = torch.ScalarType.Float32 }).Make()).ShouldBeFalse("float32");
        kernel.Supports((half with { MaskedOfTen = 5 }).Make()).ShouldBeFalse("mask");
        kernel.Supports((half with { HeadWidth = 257 }).Make()).ShouldBeFalse("width");
        kernel.Supports((half with { ContextKeys = 9, IsCausal = true }).Make()).ShouldBeFalse("causal over a context");
        kernel.Supports(half.Make() with { Bias = torch.zeros(1, 1, 6, 6) }).ShouldBeFalse("bias");
        // The libtorch at work has no GPU here, or the test below asks it.
        new FlashAttentionKernel().Supports(half.Make()).ShouldBeFalse("tensors on the CPU");
        kernel.Name.ShouldBe("flash");
    }
}
