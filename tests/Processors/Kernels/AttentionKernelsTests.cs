using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>Which kernel is asked, and what bad input is told.</summary>
public sealed class AttentionKernelsTests
{
    [Fact]
    public void Float32_on_the_cpu_goes_to_our_kernel_and_the_rest_to_torch()
    {
        using var scope = torch.NewDisposeScope();
        var inputs = Inputs.Plain(1, 2, 10, 8);
        AttentionKernels.For(inputs.Attention).ShouldBe(AttentionKernels.Cpu);
        var wide = new Inputs(inputs.Query.to(torch.ScalarType.Float64), inputs.Key.to(torch.ScalarType.Float64), inputs.Value.to(torch.ScalarType.Float64));
        AttentionKernels.For(wide.Attention).ShouldBe(AttentionKernels.Torch);
        AttentionKernels.Default.Full(wide.Attention).dtype.ShouldBe(torch.ScalarType.Float64);
        Should.Throw<NotSupportedException>(() => AttentionKernels.Cpu.Full(wide.Attention)).Message.ShouldContain("Float64");
    }

    [Fact]
    public void A_gradient_goes_to_torch_and_comes_back()
    {
        using var scope = torch.NewDisposeScope();
        var inputs = Inputs.Plain(1, 2, 200, 8);
        inputs.Value.requires_grad_(true);
        AttentionKernels.For(inputs.Attention).ShouldBe(AttentionKernels.Torch);
        AttentionKernels.Default.Window(inputs.Attention, AttentionWindow.Tokens(7)).sum().backward();
        // Weights of a query add up to 1, so the gradients of all values do to the number of queries, column by column.
        AttentionReference.Floats(inputs.Value.grad!.sum(2)).ShouldAllBe(x => Math.Abs(x - 200) < 1e-3);
        using (torch.no_grad())
        {
            AttentionKernels.For(inputs.Attention).ShouldBe(AttentionKernels.Cpu);
        }
    }

    [Theory]
    [MemberData(nameof(Kernel.All), MemberType = typeof(Kernel))]
    public void Bad_input_is_told_what_would_be_right(string name)
    {
        using var scope = torch.NewDisposeScope();
        var kernel = Kernel.Named(name);
        var inputs = Inputs.Plain(1, 2, 10, 8, keyLength: 12);
        var other = Inputs.Plain(1, 3, 10, 8);
        Should.Throw<ArgumentException>(() => kernel.Full(new AttentionInput(inputs.Query, inputs.Key, other.Value))).Message
            .ShouldContain("query [1, 2, 10, 8], key [1, 2, 12, 8], value [1, 3, 10, 8]");
        Should.Throw<ArgumentException>(() => kernel.Full(new AttentionInput(inputs.Query[0], inputs.Key[0], inputs.Value[0]))).Message.ShouldContain("[B, H, Lq, D]");
        Should.Throw<ArgumentException>(() => kernel.Window(inputs.Attention, AttentionWindow.Tokens(3))).Message.ShouldContain("10 queries and 12 keys");
    }

    [Fact]
    public void Integers_are_refused_by_every_kernel()
    {
        using var scope = torch.NewDisposeScope();
        var integers = torch.ones([1, 1, 4, 8], torch.ScalarType.Int64);
        AttentionKernels.Default.Supports(new AttentionInput(integers, integers, integers)).ShouldBeFalse();
        Should.Throw<NotSupportedException>(() => AttentionKernels.Default.Full(new AttentionInput(integers, integers, integers))).Message.ShouldContain("Int64");
    }

    [Fact]
    public void A_choice_of_no_kernels_is_refused() => Should.Throw<ArgumentException>(() => AttentionKernels.FirstOf([]));
}
