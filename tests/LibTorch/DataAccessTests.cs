using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiTFastAttn.LibTorch.Tests;

public sealed class DataAccessTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Bytes_are_the_tensors_own_memory()
    {
        var t = tensor([1f, 2f]);
        var values = MemoryMarshal.Cast<byte, float>(t.bytes);
        values.ToArray().ShouldBe([1f, 2f]);
        values[1] = 5;
        t[1].ToSingle().ShouldBe(5f);
        t.bytes = MemoryMarshal.AsBytes(new[] { 7f, 8f }.AsSpan());
        t.Floats().ShouldBe([7f, 8f]);
        Should.Throw<ArgumentException>(() => t.bytes = new byte[3]);
        Should.Throw<InvalidOperationException>(() => ones(2, 3).t().bytes.Length.ShouldBe(0)).Message.ShouldContain("non-contiguous");
        tensor([1f]).bfloat16().bytes.ToArray().ShouldBe([0x80, 0x3f]);
    }

    [Fact]
    public void Accessors_read_and_write_in_row_major_order_whatever_the_strides()
    {
        var t = arange(6).reshape(2, 3).t();
        var data = t.data<long>();
        data.Count.ShouldBe(6);
        data.ToArray().ShouldBe([0L, 3L, 1L, 4L, 2L, 5L]);
        data[1].ShouldBe(3);
        data[2, 1].ShouldBe(5);
        data[2, 1] = 50;
        t[2, 1].ToInt64().ShouldBe(50);
        data.CopyFrom([10L, 11L], tensorIndex: 4);
        t[2].Longs().ShouldBe([10L, 11L]);
        var part = new long[3];
        data.CopyTo(part, arrayIndex: 1, tensorIndex: 2);
        part.ShouldBe([0L, 1L, 4L]);
        data.Sum().ShouldBe(0 + 3 + 1 + 4 + 10 + 11);
        ((long[,])data.ToNDArray())[1, 1].ShouldBe(4);
        (data == t.data<long>()).ShouldBeTrue();
        (data != zeros(6, dtype: int64).data<long>()).ShouldBeTrue();
    }

    [Fact]
    public void Accessors_refuse_other_types_and_places()
    {
        var t = ones(2, 2);
        Should.Throw<ArgumentException>(() => t.data<double>()).Message.ShouldBe("Double is not compatible with Float32");
        Should.Throw<ArgumentException>(() => t.bfloat16().data<float>());
        Should.Throw<IndexOutOfRangeException>(() => t.data<float>()[4]);
        Should.Throw<IndexOutOfRangeException>(() => t.data<float>()[0, 2]);
        Should.Throw<ArgumentException>(() => t.data<float>()[0, 0, 0]);
    }

    [Fact]
    public void Tensors_print_their_metadata_and_values()
    {
        ones(2, 3).ToString().ShouldBe("[2x3], type = Float32, device = cpu");
        tensor(1L).ToString().ShouldBe("[], type = Int64, device = cpu");
        tensor(new[,] { { 1.5f, 2f }, { 3f, 4f } }).ToString(TensorStringStyle.Numpy, newLine: "\n")
            .ShouldBe("[2x2], type = Float32, device = cpu\n[[1.5, 2],\n [3, 4]]");
        arange(10).str(newLine: "\n").ShouldBe("[10], type = Int64, device = cpu\n[0, 1, 2, ..., 7, 8, 9]");
    }

    [Fact]
    public void Files_keep_dtype_shape_and_values()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "t.pt");
            var t = randn(3, 200).t().bfloat16();
            t.save(path);
            Tensor.load(path).Equals(t).ShouldBeTrue();
            torch.save(tensor([1L]), path);
            torch.load(path).dtype.ShouldBe(int64);
            Should.Throw<ExternalException>(() => torch.load(Path.Combine(folder.FullName, "none.pt")));

            t.Save(path);
            Tensor.Load(path).Equals(t).ShouldBeTrue();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Streams_hold_one_tensor_after_another()
    {
        using var stream = new MemoryStream();
        tensor([1f, 2f]).Save(stream);
        zeros(3, 300, dtype: int16).Save(stream);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        var target = zeros(2);
        target.Load(reader);
        target.Floats().ShouldBe([1f, 2f]);
        TensorExtensionMethods.Load(reader).shape.ShouldBe([3L, 300L]);

        stream.Position = 0;
        Should.Throw<ArgumentException>(() => zeros(2, dtype: float64).Load(reader)).Message.ShouldContain("data types");
        stream.Position = 0;
        Should.Throw<ArgumentException>(() => zeros(3).Load(reader)).Message.ShouldContain("shape");
        stream.Position = 0;
        zeros(2).Load(reader, skip: true);
        Tensor.Load(reader).dtype.ShouldBe(int16);
        Should.Throw<EndOfStreamException>(() => Tensor.Load(reader));
    }
}
