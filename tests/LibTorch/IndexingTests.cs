using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class IndexingTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    /// <summary>0 … 23 as [2, 3, 4].</summary>
    private readonly Tensor t = WrappedTensorDisposeScope(() => arange(24).reshape(2, 3, 4));

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Numbers_and_ranges_index_dimensions_in_order()
    {
        t[1, 2, 3].ToInt64().ShouldBe(23);
        t[1, 2].Longs().ShouldBe([20L, 21L, 22L, 23L]);
        t[-1].shape.ShouldBe([3L, 4L]);
        t[.., 1].Longs().ShouldBe([4L, 5L, 6L, 7L, 16L, 17L, 18L, 19L]);
        t[0, 1.., ..2].Longs().ShouldBe([4L, 5L, 8L, 9L]);
        t[0, 0, ^3..^1].Longs().ShouldBe([1L, 2L]);
        t[0, ^1, ^1].ToInt64().ShouldBe(11);
        t[0, 0, TensorIndex.Slice(step: 2)].Longs().ShouldBe([0L, 2L]);
        t[TensorIndex.Ellipsis, 0].Longs().ShouldBe([0L, 4L, 8L, 12L, 16L, 20L]);
        t[0, TensorIndex.None, TensorIndex.Colon, 3].shape.ShouldBe([1L, 3L]);
        t[TensorIndex.Bool(true), 0].shape.ShouldBe([1L, 3L, 4L]);
        t[TensorIndex.Bool(false), 0].shape.ShouldBe([0L, 3L, 4L]);
        t[new long[] { 1, 0, 2 }].ToInt64().ShouldBe(14);
    }

    [Fact]
    public void Parts_by_number_and_range_are_views()
    {
        t[0, .., 1..3].fill_(-1);
        t[0].Longs().ShouldBe([0L, -1L, -1L, 3L, 4L, -1L, -1L, 7L, 8L, -1L, -1L, 11L]);
    }

    [Fact]
    public void Tensors_pick_copies()
    {
        var picked = t[0][tensor([2L, 0L])];
        picked.Longs().ShouldBe([8L, 9L, 10L, 11L, 0L, 1L, 2L, 3L]);
        picked.fill_(0);
        t[0, 2, 1].ToInt64().ShouldBe(9);
        t[tensor([0L, 1L]), tensor([1L, 2L])].shape.ShouldBe([2L, 4L]);
        t[TensorIndex.Colon, TensorIndex.Tensor(tensor([2L])), TensorIndex.Slice(0, 2)].Longs().ShouldBe([8L, 9L, 20L, 21L]);
        t[TensorIndex.Tensor(tensor(1L)), 0].Longs().ShouldBe([12L, 13L, 14L, 15L]);
    }

    [Fact]
    public void Truth_values_pick_where_they_are_true()
    {
        t[t > 21].Longs().ShouldBe([22L, 23L]);
        t.masked_select(t < 2).Longs().ShouldBe([0L, 1L]);
        t[TensorIndex.Tensor(tensor([false, true])), 0, 0].Longs().ShouldBe([12L]);
        t[TensorIndex.Tensor(tensor(new[,] { { true, false, false }, { false, false, true } })), TensorIndex.Single(3)].Longs().ShouldBe([3L, 23L]);
    }

    [Fact]
    public void Assignment_broadcasts_into_the_part()
    {
        t[0] = tensor([9L, 8L, 7L, 6L]);
        t[0, 2].Longs().ShouldBe([9L, 8L, 7L, 6L]);
        t[1, .., 0] = tensor(-1L);
        t[1, 0, 0].ToInt64().ShouldBe(-1);
        t[1, 1, 1] = tensor(100L).reshape(1, 1);
        t[1, 1, 1].ToInt64().ShouldBe(100);
        t[t > 20] = tensor(0L);
        t.max().ToInt64().ShouldBe(19);
        t[TensorIndex.Colon, TensorIndex.Tensor(tensor([0L, 2L])), TensorIndex.Single(3)] = tensor(50L);
        t[.., .., 3].Longs().ShouldBe([50L, 6L, 50L, 50L, 19L, 50L]);
    }

    [Fact]
    public void Index_put_accumulates_on_demand()
    {
        var counts = zeros(3);
        counts.index_put_(ones(4), [TensorIndex.Tensor(tensor([0L, 2L, 2L, 2L]))], accumulate: true);
        counts.Floats().ShouldBe([1f, 0f, 3f]);
        counts.index_put_(5, TensorIndex.Single(1));
        counts.Floats().ShouldBe([1f, 5f, 3f]);
    }

    [Fact]
    public void Named_forms_agree_with_brackets()
    {
        t.narrow(1, 1, 2).Equals(t[.., 1..3]).ShouldBeTrue();
        t.select(2, 3).Equals(t[.., .., 3]).ShouldBeTrue();
        t.slice(2, 0, 4, 2).Equals(t[.., .., TensorIndex.Slice(0, 4, 2)]).ShouldBeTrue();
        t.index_select(1, tensor([2L])).Equals(t[.., 2..3]).ShouldBeTrue();
        t.gather(2, zeros(2, 3, 1, dtype: int64)).Equals(t[.., .., ..1]).ShouldBeTrue();
        where(t > 3, t, zeros_like(t)).sum().ToInt64().ShouldBe(276 - 6);
        t.masked_fill(t > 0, 0).sum().ToInt64().ShouldBe(0);
        zeros(2, 3).scatter_(1, tensor(new[,] { { 2L }, { 0L } }), ones(2, 1)).Floats().ShouldBe([0f, 0f, 1f, 1f, 0f, 0f]);
        zeros(3).index_add_(0, tensor([1L, 1L]), ones(2), 2).Floats().ShouldBe([0f, 4f, 0f]);
        tensor([0f, 3f]).nonzero().Longs().ShouldBe([1L]);
    }

    [Fact]
    public void An_index_out_of_range_is_an_exception()
    {
        Should.Throw<ExternalException>(() => t[2]).Message.ShouldContain("out of range");
        Should.Throw<ExternalException>(() => t[0, 3]).Message.ShouldContain("out of range");
        Should.Throw<ExternalException>(() => t[0, 0, 0, 0]);
        Should.Throw<ExternalException>(() => t.size(3)).Message.ShouldContain("Dimension out of range");
    }

    [Fact]
    public void Indexing_leaves_only_its_result_alive()
    {
        scope.DisposablesCount.ShouldBe(1);
        var part = t[0, 1.., TensorIndex.None, ..2];
        scope.DisposablesCount.ShouldBe(2);
        t[0, 1.., TensorIndex.None, 2..] = part;
        scope.DisposablesCount.ShouldBe(2);
    }
}
