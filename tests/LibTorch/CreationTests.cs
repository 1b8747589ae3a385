using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class CreationTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Factories_fill_the_shape_they_are_given()
    {
        zeros(2, 3).Floats().ShouldAllBe(v => v == 0);
        ones([2, 3, 4, 5], dtype: int32).shape.ShouldBe([2L, 3L, 4L, 5L]);
        full([2], 7, dtype: int64).Longs().ShouldBe([7L, 7L]);
        full(2, 2, 1.5).dtype.ShouldBe(float32);
        full(2, true).dtype.ShouldBe(int64);
        empty(3, 0).numel().ShouldBe(0);
        eye(2).Floats().ShouldBe([1f, 0f, 0f, 1f]);
        zeros_like(ones(2, 2, dtype: float64)).dtype.ShouldBe(float64);
        full_like(ones(2), 3).Floats().ShouldBe([3f, 3f]);
        ones(2).new_zeros([3], dtype: bfloat16).dtype.ShouldBe(bfloat16);
    }

    [Fact]
    public void Ranges_take_the_dtype_of_their_numbers()
    {
        arange(4).Longs().ShouldBe([0L, 1L, 2L, 3L]);
        arange(1, 2, 0.25).Floats().ShouldBe([1f, 1.25f, 1.5f, 1.75f]);
        arange(3, dtype: float32).Floats().ShouldBe([0f, 1f, 2f]);
        linspace(0, 1, 5).Floats().ShouldBe([0f, 0.25f, 0.5f, 0.75f, 1f]);
    }

    [Fact]
    public void Arrays_of_every_element_type_keep_type_and_values()
    {
        tensor([true, false]).dtype.ShouldBe(@bool);
        tensor(new byte[] { 200 }).data<byte>()[0].ShouldBe((byte)200);
        tensor(new sbyte[] { -5 }).data<sbyte>()[0].ShouldBe((sbyte)-5);
        tensor(new short[] { -300 }).data<short>()[0].ShouldBe((short)-300);
        tensor([1, -2]).data<int>().ToArray().ShouldBe([1, -2]);
        tensor([1L << 40]).Longs().ShouldBe([1L << 40]);
        tensor(new[] { (Half)1.5 }).data<Half>()[0].ShouldBe((Half)1.5);
        tensor([0.1]).data<double>()[0].ShouldBe(0.1);
        tensor(3.5f).ndim.ShouldBe(0);
    }

    [Fact]
    public void Arrays_of_several_dimensions_keep_their_order()
    {
        tensor(new[,] { { 1f, 2f }, { 3f, 4f } }).Floats().ShouldBe([1f, 2f, 3f, 4f]);
        tensor(new[,,] { { { 1L, 2L, 3L } }, { { 4L, 5L, 6L } } }).shape.ShouldBe([2L, 1L, 3L]);
        tensor(new List<float> { 1, 2, 3, 4 }, 2, 2)[1, 0].ToSingle().ShouldBe(3f);
        tensor([1f, 2f, 3f, 4f], [2, 2])[0, 1].ToSingle().ShouldBe(2f);
        from_array(new[,] { { 1.0 }, { 2.0 } }).shape.ShouldBe([2L, 1L]);
    }

    [Fact]
    public void Arrays_convert_to_the_dtype_asked_for()
    {
        tensor([1, 2], dtype: float32).Floats().ShouldBe([1f, 2f]);
        tensor([1.5f], dtype: int64).Longs().ShouldBe([1L]);
        tensor([1f], requires_grad: true).requires_grad.ShouldBeTrue();
    }

    [Fact]
    public void A_shape_of_another_size_than_the_array_is_refused()
    {
        var error = Should.Throw<ArgumentException>(() => tensor([1f, 2f, 3f], [2, 2]));
        error.Message.ShouldContain("3 elements for [2, 2]");
    }

    [Fact]
    public void Named_dimensions_are_refused() =>
        Should.Throw<NotSupportedException>(() => zeros([2], names: ["N"])).Message.ShouldContain("names = null");

    [Fact]
    public void A_tensor_on_a_buffer_shares_its_memory()
    {
        var buffer = new float[] { 1, 2, 3, 4 };
        var t = frombuffer(buffer, float32, count: 2, offset: 4);
        t.Floats().ShouldBe([2f, 3f]);
        buffer[1] = 20;
        t[1] = tensor(30f);
        t.Floats().ShouldBe([20f, 30f]);
        buffer[2].ShouldBe(30f);
        Should.Throw<ArgumentException>(() => frombuffer(buffer, float32, count: 5)).Message.ShouldContain("16 bytes");
    }

    [Fact]
    public void Numbers_convert_to_tensors_and_back()
    {
        Tensor t = 2.5;
        t.dtype.ShouldBe(float64);
        ((double)t).ShouldBe(2.5);
        ((int)tensor(7L)).ShouldBe(7);
        tensor(3f).item<float>().ShouldBe(3f);
        tensor(true).ToBoolean().ShouldBeTrue();
        Should.Throw<ArgumentException>(() => ones(2).ToSingle());
        Should.Throw<ArgumentException>(() => ones(2).item<float>());
    }

    [Fact]
    public void The_default_dtype_is_that_of_new_tensors()
    {
        get_default_dtype().ShouldBe(float32);
        finfo(float32).eps.ShouldBe(Math.Pow(2, -23));
        finfo(bfloat16).eps.ShouldBe(Math.Pow(2, -7));
    }

    [Fact]
    public void Devices_parse_and_print()
    {
        device("cpu").type.ShouldBe(DeviceType.CPU);
        new Device("cuda:1").index.ShouldBe(1);
        new Device("cuda:1").ToString().ShouldBe("cuda:1");
        zeros(1).device.ToString().ShouldBe("cpu");
        if (!cuda.is_available()) Should.Throw<InvalidOperationException>(() => zeros(1).cuda()).Message.ShouldContain("CUDA");
    }
}
