using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests.Leaks;

/// <summary>Handles are counted for the whole process: no other test runs meanwhile.</summary>
[CollectionDefinition(nameof(CountsHandles), DisableParallelization = true)]
public sealed class CountsHandles;

[Collection(nameof(CountsHandles))]
public sealed class LeakTests
{
    // What a heap of another shape may take up; ten thousand of the tensors below would be gigabytes.
    private const long Tolerance = 48L << 20;

    [Fact]
    public void Ten_thousand_operations_leave_no_handle_and_no_memory()
    {
        manual_seed(0);
        using var model = nn.Sequential(nn.Linear(64, 128), nn.LayerNorm(128), nn.SiLU(), nn.Linear(128, 64));
        using var optimizer = optim.AdamW(model.parameters(), lr: 1e-3, amsgrad: true);
        using var x = randn(256, 64);
        for (var i = 0; i < 20; i++) Train(model, optimizer, x);
        Settle();
        var (handles, memory) = (Tensor.TotalCount, ResidentBytes());

        // Each round is well over forty operations on tensors of 64 to 128 KiB.
        for (var i = 0; i < 250; i++) Train(model, optimizer, x);

        Settle();
        Tensor.TotalCount.ShouldBe(handles);
        (ResidentBytes() - memory).ShouldBeLessThan(Tolerance);
    }

    [Fact]
    public void Errors_leave_no_handle()
    {
        using var a = randn(64, 64);
        using var b = randn(32, 32);
        Settle();
        var (handles, memory) = (Tensor.TotalCount, ResidentBytes());

        for (var i = 0; i < 500; i++)
        {
            using var scope = NewDisposeScope();
            Should.Throw<Exception>(() => a.mul(2).matmul(b));
        }

        Settle();
        Tensor.TotalCount.ShouldBe(handles);
        (ResidentBytes() - memory).ShouldBeLessThan(Tolerance);
    }

    [Fact]
    public void Models_that_come_and_go_leave_no_handle()
    {
        Settle();
        var (handles, memory) = (Tensor.TotalCount, ResidentBytes());
        for (var i = 0; i < 200; i++)
        {
            using var scope = NewDisposeScope();
            using var model = nn.Sequential(nn.Linear(256, 256), nn.GELU(), nn.Linear(256, 256));
            using var optimizer = optim.SGD(model.parameters(), 0.1, momentum: 0.9);
            model.call(randn(8, 256)).mean().backward();
            optimizer.step();
            model.to(float64);
        }

        Settle();
        Tensor.TotalCount.ShouldBe(handles);
        (ResidentBytes() - memory).ShouldBeLessThan(Tolerance);
    }

    [Fact]
    public void What_was_forgotten_goes_with_the_garbage()
    {
        Settle();
        var handles = Tensor.TotalCount;

        Forget();
        Tensor.TotalCount.ShouldBe(handles + 100);
        Settle();

        Tensor.TotalCount.ShouldBe(handles);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget()
        {
            for (var i = 0; i < 100; i++) _ = zeros(16);
        }
    }

    private static void Train(nn.Module<Tensor, Tensor> model, optim.Optimizer optimizer, Tensor x)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var y = model.call(x);
        var views = y.view(16, 16, 64).transpose(0, 1).reshape(256, 64)[..128].chunk(2, dim: -1);
        var joined = cat([views[0], views[1] * 2], dim: -1);
        var loss = nn.functional.mse_loss(joined, x[..128]);
        loss.backward();
        nn.utils.clip_grad_norm_(model.parameters(), 1);
        optimizer.step();
        using (no_grad())
        {
            var heads = x.view(1, 256, 4, 16).transpose(1, 2); // [1, 4, 256, 16]
            var attended = nn.functional.scaled_dot_product_attention(heads, heads, heads);
            attended.transpose(1, 2).reshape(256, 64).add_(x).mul_(0.5).norm().item<float>();
        }
        loss.item<float>().ShouldBeGreaterThanOrEqualTo(0);
    }

    private static void Settle()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
