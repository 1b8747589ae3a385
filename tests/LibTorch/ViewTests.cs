using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class ViewTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    /// <summary>0 … 11 as [3, 4].</summary>
    private readonly Tensor t = arange(12).reshape(3, 4);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Views_share_storage_and_copies_do_not()
    {
        t.view(2, 6)[0, 0] = tensor(100L);
        t[0, 0].ToInt64().ShouldBe(100);
        t.clone()[0, 0] = tensor(0L);
        t[0, 0].ToInt64().ShouldBe(100);
        t.t().contiguous()[0, 0] = tensor(0L);
        t[0, 0].ToInt64().ShouldBe(100);
    }

    [Fact]
    public void Strides_tell_a_transposed_tensor()
    {
        var transposed = t.transpose(0, 1);
        transposed.shape.ShouldBe([4L, 3L]);
        transposed.stride().ShouldBe([1L, 4L]);
        transposed.is_contiguous().ShouldBeFalse();
        transposed.Longs().ShouldBe([0L, 4L, 8L, 1L, 5L, 9L, 2L, 6L, 10L, 3L, 7L, 11L]);
        transposed.contiguous().is_contiguous().ShouldBeTrue();
        Should.Throw<ExternalException>(() => transposed.view(12)).Message.ShouldContain("view size is not compatible");
        transposed.reshape(12).shape.ShouldBe([12L]);
        t[1].storage_offset().ShouldBe(4);
        t.T.shape.ShouldBe([4L, 3L]);
        t.size(-1).ShouldBe(4);
        t.stride(0).ShouldBe(4);
    }

    [Fact]
    public void Dimensions_come_go_and_move()
    {
        t.unsqueeze(1).shape.ShouldBe([3L, 1L, 4L]);
        t.reshape(3, 1, 4).squeeze().shape.ShouldBe([3L, 4L]);
        t.reshape(1, 3, 1, 4).squeeze(0).shape.ShouldBe([3L, 1L, 4L]);
        t.reshape(3, 2, 2).permute(2, 0, 1).shape.ShouldBe([2L, 3L, 2L]);
        t.reshape(3, 2, 2).movedim([0], [2]).shape.ShouldBe([2L, 2L, 3L]);
        t.reshape(3, 2, 2).flatten(1).shape.ShouldBe([3L, 4L]);
        t.unflatten(1, 2, 2).shape.ShouldBe([3L, 2L, 2L]);
        t[0].expand(2, -1).shape.ShouldBe([2L, 4L]);
        t[0].expand_as(t).shape.ShouldBe([3L, 4L]);
        t.ravel().shape.ShouldBe([12L]);
    }

    [Fact]
    public void Tensors_split_and_join()
    {
        t.chunk(2, 1).Select(c => c.shape).ShouldBe([[3L, 2L], [3L, 2L]]);
        t.split(2).Select(c => c.size(0)).ShouldBe([2L, 1L]);
        t.split([1, 3], 1).Select(c => c.size(1)).ShouldBe([1L, 3L]);
        var rows = t.unbind();
        rows.Length.ShouldBe(3);
        stack(rows).Equals(t).ShouldBeTrue();
        cat(t.chunk(2, 1), 1).Equals(t).ShouldBeTrue();
        cat([t, t]).shape.ShouldBe([6L, 4L]);
        hstack([t, t]).shape.ShouldBe([3L, 8L]);
        vstack([t, t]).shape.ShouldBe([6L, 4L]);
        meshgrid([arange(2), arange(3)])[1].Longs().ShouldBe([0L, 1L, 2L, 0L, 1L, 2L]);
        broadcast_tensors(arange(3), zeros(2, 1))[0].shape.ShouldBe([2L, 3L]);
    }

    [Fact]
    public void Elements_repeat_flip_and_roll()
    {
        var v = tensor([1L, 2L, 3L]);
        v.repeat(2).Longs().ShouldBe([1L, 2L, 3L, 1L, 2L, 3L]);
        v.tile([2]).Longs().ShouldBe([1L, 2L, 3L, 1L, 2L, 3L]);
        v.repeat_interleave(2).Longs().ShouldBe([1L, 1L, 2L, 2L, 3L, 3L]);
        v.repeat_interleave(tensor([0L, 2L, 1L])).Longs().ShouldBe([2L, 2L, 3L]);
        v.flip(0).Longs().ShouldBe([3L, 2L, 1L]);
        v.roll(1).Longs().ShouldBe([3L, 1L, 2L]);
        t.roll(1, 1)[0].Longs().ShouldBe([3L, 0L, 1L, 2L]);
        ones(3, 3).tril().sum().ToSingle().ShouldBe(6f);
        ones(3, 3).triu(1).sum().ToSingle().ShouldBe(3f);
        diag(v).trace().ToInt64().ShouldBe(6);
    }

    [Fact]
    public void Dtypes_and_devices_move_without_a_copy_where_nothing_changes()
    {
        var f = t.to(float32);
        f.dtype.ShouldBe(float32);
        f.to(float32)[0, 0] = tensor(5f);
        f[0, 0].ToSingle().ShouldBe(5f);
        f.to(float32, copy: true)[0, 0] = tensor(6f);
        f[0, 0].ToSingle().ShouldBe(5f);
        f.cpu()[0, 0] = tensor(7f);
        f[0, 0].ToSingle().ShouldBe(7f);
        f.to(float64, CPU).dtype.ShouldBe(float64);
        f.type_as(t).dtype.ShouldBe(int64);
        f.to(t).dtype.ShouldBe(int64);
        tensor([1.6f]).@long().Longs().ShouldBe([1L]);
        tensor([1f / 3]).bfloat16().@float().ToSingle().ShouldBe(0.333984375f);
        var gone = t.to(float32);
        gone.to(float64, disposeAfter: true);
        gone.IsInvalid.ShouldBeTrue();
    }
}
