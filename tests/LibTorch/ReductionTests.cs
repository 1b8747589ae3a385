using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class ReductionTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    private readonly Tensor t = tensor(new[,] { { 1f, 5f, 3f }, { 4f, 2f, 6f } });

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Sums_and_means_reduce_the_dimensions_named()
    {
        t.sum().ToSingle().ShouldBe(21f);
        t.sum(dim: 0).Floats().ShouldBe([5f, 7f, 9f]);
        t.sum([0, 1], keepdim: true).shape.ShouldBe([1L, 1L]);
        t.sum(float64).dtype.ShouldBe(float64);
        t.mean().ToSingle().ShouldBe(3.5f);
        t.mean([1]).Floats().ShouldBe([3f, 4f]);
        t.mean([-1], keepdim: true).shape.ShouldBe([2L, 1L]);
        t.prod(1).Floats().ShouldBe([15f, 48f]);
        t.cumsum(1).Floats().ShouldBe([1f, 6f, 9f, 4f, 6f, 12f]);
        t.cumprod(1)[1].Floats().ShouldBe([4f, 8f, 48f]);
    }

    [Fact]
    public void Spread_is_unbiased_unless_asked_otherwise()
    {
        t.var(1).Floats().ShouldBe([4f, 4f]);
        t.var(1, unbiased: false)[0].ToSingle().ShouldBe(8f / 3, 1e-6f);
        t.std(unbiased: true).ToSingle().ShouldBe(MathF.Sqrt(3.5f), 1e-6f);
        var (variance, mean) = t.var_mean(1);
        variance.Floats().ShouldBe([4f, 4f]);
        mean.Floats().ShouldBe([3f, 4f]);
        t.norm().ToSingle().ShouldBe(MathF.Sqrt(91), 1e-5f);
        t.norm(1, p: 1).Floats().ShouldBe([9f, 12f]);
    }

    [Fact]
    public void Extremes_come_with_their_places()
    {
        t.max().ToSingle().ShouldBe(6f);
        var (values, indexes) = t.max(1);
        values.Floats().ShouldBe([5f, 6f]);
        indexes.Longs().ShouldBe([1L, 2L]);
        t.min(0).values.Floats().ShouldBe([1f, 2f, 3f]);
        t.amax([0, 1], keepdim: true).shape.ShouldBe([1L, 1L]);
        t.amin(1).Floats().ShouldBe([1f, 2f]);
        t.argmax().ToInt64().ShouldBe(5);
        t.argmax(1, keepdim: true).shape.ShouldBe([2L, 1L]);
        t.argmin(1).Longs().ShouldBe([0L, 1L]);
        maximum(t, tensor(4f)).Floats().ShouldBe([4f, 5f, 4f, 4f, 4f, 6f]);
    }

    [Fact]
    public void Sorting_and_selecting()
    {
        var (values, indices) = t.sort(1, descending: true);
        values.Floats().ShouldBe([5f, 3f, 1f, 6f, 4f, 2f]);
        indices[0].Longs().ShouldBe([1L, 2L, 0L]);
        t.argsort(1)[1].Longs().ShouldBe([1L, 0L, 2L]);
        t.topk(2).values[1].Floats().ShouldBe([6f, 4f]);
        quantile(t.flatten(), tensor([0.5f])).Floats().ShouldBe([3.5f]);
        t.median().ToSingle().ShouldBe(3f);
        var (output, inverse, counts) = tensor([3L, 1L, 3L]).unique(return_counts: true);
        output.Longs().ShouldBe([1L, 3L]);
        inverse.ShouldBeNull();
        counts!.Longs().ShouldBe([1L, 2L]);
    }

    [Fact]
    public void Truth_over_dimensions()
    {
        (t > 0).all().ToBoolean().ShouldBeTrue();
        (t > 4).any(1).Bools().ShouldBe([true, true]);
        (t > 4).all(1).Bools().ShouldBe([false, false]);
        t.logsumexp(1)[0].ToDouble().ShouldBe(Math.Log(Math.Exp(1) + Math.Exp(5) + Math.Exp(3)), 1e-5);
    }
}
