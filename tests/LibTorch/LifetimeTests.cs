using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class LifetimeTests
{
    [Fact]
    public void Use_after_disposal_throws()
    {
        var t = ones(2);
        t.Dispose();
        t.Dispose();
        t.IsInvalid.ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => t.Handle).Message.ShouldBe("Tensor invalid -- empty handle.");
        Should.Throw<InvalidOperationException>(() => t.shape);
        Should.Throw<InvalidOperationException>(() => t + 1);
        using var other = ones(2);
        Should.Throw<InvalidOperationException>(() => other.add(t));
        Should.Throw<InvalidOperationException>(() => cat([other, t]));
        Should.Throw<InvalidOperationException>(() => t.bytes.Length.ShouldBe(0));
        t.ToString().ShouldBe("");
    }

    [Fact]
    public void An_accessor_of_a_disposed_tensor_throws()
    {
        var t = ones(2);
        var data = t.data<float>();
        t.Dispose();
        Should.Throw<InvalidOperationException>(() => data[0]);
        Should.Throw<InvalidOperationException>(() => data.ToArray());
    }

    [Fact]
    public void An_alias_outlives_its_original()
    {
        var original = ones(2);
        var alias = original.alias();
        alias.Handle.ShouldNotBe(original.Handle);
        original.add_(1);
        original.Dispose();
        alias.Floats().ShouldBe([2f, 2f]);
        alias.Dispose();
    }

    [Fact]
    public void A_view_outlives_its_tensor()
    {
        var t = arange(4);
        var view = t[1..];
        t.Dispose();
        view.Longs().ShouldBe([1L, 2L, 3L]);
        view.Dispose();
    }

    [Fact]
    public void Handles_pass_out_and_in_with_their_ownership()
    {
        var t = ones(2);
        var handle = t.DecoupleFromNativeHandle();
        t.IsInvalid.ShouldBeTrue();
        using var adopted = Tensor.UnsafeCreateTensor(handle);
        adopted.Handle.ShouldBe(handle);
        adopted.Floats().ShouldBe([1f, 1f]);
    }

    [Fact]
    public void The_finalizer_frees_what_was_forgotten()
    {
        var reference = Forget();
        // The array is pinned by the native storage: it goes only when the finalizer has freed the handle.
        for (var i = 0; i < 50 && reference.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        reference.IsAlive.ShouldBeFalse();
    }

    [Fact]
    public void Threads_share_tensors()
    {
        using var t = ones(64, 64);
        var sums = new float[8];
        Parallel.For(0, sums.Length, i =>
        {
            using var scope = NewDisposeScope();
            for (var k = 0; k < 50; k++) sums[i] = (t.matmul(t) / 64).sum().ToSingle();
        });
        sums.ShouldAllBe(s => s == 4096f);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Forget()
    {
        var buffer = new float[1024];
        frombuffer(buffer, float32);
        return new WeakReference(buffer);
    }
}
