using TorchSharp;

namespace DiTFastAttn.Processors.Kernels.Tests;

/// <summary>What the CPU kernels promise beyond the results: layouts, threads, ownership.</summary>
[Collection(ThreadCount.Collection)]
public sealed class CpuAttentionKernelTests
{
    [Theory]
    [MemberData(nameof(Kernel.OnCpu), MemberType = typeof(Kernel))]
    public void Results_do_not_depend_on_the_layout_of_the_inputs(string name)
    {
        using var scope = torch.NewDisposeScope();
        var kernel = Kernel.Named(name);
        var packed = Inputs.Packed(batch: 2, heads: 3, length: 111, width: 40);
        var plain = new Inputs(packed.Query.contiguous(), packed.Key.contiguous(), packed.Value.contiguous());
        var expected = All(kernel, plain);
        All(kernel, packed).ShouldBe(expected);
        // A batch in the middle of a larger one, columns first, and rows of wider rows.
        All(kernel, Map(plain, t => torch.cat([t, t, t], 0).narrow(0, 2, 2))).ShouldBe(expected);
        All(kernel, Map(plain, t => t.transpose(2, 3).contiguous().transpose(2, 3))).ShouldBe(expected);
        All(kernel, Map(plain, t => torch.cat([t, t], 3).narrow(3, 40, 40))).ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(Kernel.OnCpu), MemberType = typeof(Kernel))]
    public void Heads_that_share_keys_and_values_need_no_copy_of_them(string name)
    {
        using var scope = torch.NewDisposeScope();
        var kernel = Kernel.Named(name);
        var inputs = Inputs.Plain(2, 4, 60, 16);
        // One head for all: stride 0.
        var shared = inputs with { Key = inputs.Key.narrow(1, 0, 1).expand(2, 4, 60, 16), Value = inputs.Value.narrow(1, 0, 1).expand(2, 4, 60, 16) };
        All(kernel, shared).ShouldBe(All(kernel, Map(shared, t => t.contiguous())));
    }

    [Theory]
    [MemberData(nameof(Kernel.OnCpu), MemberType = typeof(Kernel))]
    public void Results_are_the_same_bits_whatever_the_number_of_threads(string name)
    {
        var before = torch.get_num_threads();
        try
        {
            foreach (var (heads, length, width) in new[] { (1, 300, 64), (3, 200, 72), (2, 1000, 24) })
            {
                using var scope = torch.NewDisposeScope();
                var inputs = Inputs.Packed(2, heads, length, width);
                torch.set_num_threads(1);
                var one = All(Kernel.Named(name), inputs);
                foreach (var threads in new[] { 2, 5 })
                {
                    torch.set_num_threads(threads);
                    All(Kernel.Named(name), inputs).ShouldBe(one);
                }
            }
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    [Fact]
    public void Calls_from_several_threads_at_once_do_not_disturb_each_other()
    {
        var kernel = new CpuAttentionKernel();
        float[][] alone = [.. Enumerable.Range(0, 4).Select(Compute)];
        var failures = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(seed => new Thread(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                if (!Compute(seed).AsSpan().SequenceEqual(alone[seed]))
                {
                    Interlocked.Increment(ref failures);
                }
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        failures.ShouldBe(0);

        float[] Compute(int seed)
        {
            using var scope = torch.NewDisposeScope();
            return All(kernel, Inputs.Plain(1, 2, 100 + (30 * seed), 32, seed: seed));
        }
    }

    [Theory]
    [MemberData(nameof(Kernel.OnCpu), MemberType = typeof(Kernel))]
    public void An_output_projection_reads_the_result_without_a_copy(string name)
    {
        using var scope = torch.NewDisposeScope();
        var inputs = Inputs.Plain(2, 3, 50, 8);
        var (full, residual) = Kernel.Named(name).FullWithResidual(inputs.Attention, AttentionWindow.Tokens(5));
        // [B, H, L, D] -> [B, L, H, D]
        full.transpose(1, 2).is_contiguous().ShouldBeTrue();
        residual.transpose(1, 2).is_contiguous().ShouldBeTrue();
        Kernel.Named(name).Window(inputs.Attention, AttentionWindow.Tokens(5)).transpose(1, 2).is_contiguous().ShouldBeTrue();
    }

    [Fact]
    public void A_window_over_all_tokens_is_full_attention_to_the_bit_and_leaves_no_residual()
    {
        using var scope = torch.NewDisposeScope();
        foreach (var name in Kernel.NamesOnCpu)
        {
            var inputs = Inputs.Plain(1, 2, 150, 24);
            var full = AttentionReference.Floats(Kernel.Named(name).Full(inputs.Attention));
            AttentionReference.Floats(Kernel.Named(name).Window(inputs.Attention, AttentionWindow.Tokens(149))).ShouldBe(full);
            var both = Kernel.Named(name).FullWithResidual(inputs.Attention, AttentionWindow.Tokens(int.MaxValue));
            AttentionReference.Floats(both.Full).ShouldBe(full);
            AttentionReference.Floats(both.Residual).ShouldAllBe(x => x == 0);
        }
    }

    [Fact]
    public void Calls_leave_no_tensors_behind_but_their_results()
    {
        using var scope = torch.NewDisposeScope();
        var inputs = Inputs.Packed(1, 2, 40, 16);
        var kernel = new CpuAttentionKernel();
        var before = scope.DisposablesCount;
        for (var i = 0; i < 10; i++)
        {
            kernel.Full(inputs.Attention).Dispose();
            kernel.Window(inputs.Attention, AttentionWindow.Tokens(3)).Dispose();
            var (full, residual) = kernel.FullWithResidual(inputs.Attention, AttentionWindow.Tokens(3));
            full.Dispose();
            residual.Dispose();
        }

        scope.DisposablesCount.ShouldBe(before);
    }

    [Fact]
    public void An_instruction_set_that_the_machine_lacks_is_refused()
    {
        foreach (var set in Enum.GetValues<CpuInstructionSet>().Except(CpuAttentionKernel.InstructionSets))
        {
            Should.Throw<PlatformNotSupportedException>(() => new CpuAttentionKernel(set)).Message.ShouldContain(set.ToString());
        }

        CpuAttentionKernel.InstructionSets.ShouldContain(CpuInstructionSet.Portable);
        new CpuAttentionKernel().InstructionSet.ShouldBe(CpuAttentionKernel.BestInstructionSet);
    }

    // Full, windowed, and both in one pass, one after the other.
    private static float[] All(IAttentionKernel kernel, Inputs inputs)
    {
        using var scope = torch.NewDisposeScope();
        var both = kernel.FullWithResidual(inputs.Attention, AttentionWindow.Tokens(13));
        return
        [
            .. AttentionReference.Floats(kernel.Full(inputs.Attention)),
            .. AttentionReference.Floats(kernel.Window(inputs.Attention, AttentionWindow.Tokens(13))),
            .. AttentionReference.Floats(both.Full),
            .. AttentionReference.Floats(both.Residual),
        ];
    }

    private static Inputs Map(Inputs inputs, Func<torch.Tensor, torch.Tensor> map) =>
        new(map(inputs.Query), map(inputs.Key), map(inputs.Value));
}
