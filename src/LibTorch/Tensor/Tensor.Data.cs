using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>
        /// The tensor's own memory, of a contiguous CPU tensor of up to 2 GB: writing changes the tensor. It is valid while the storage is.
        /// </summary>
        public Span<byte> bytes
        {
            get
            {
                var size = NumberOfElements * ElementSize;
                CheckBytes(size);
                return new Span<byte>(DataPointer, (int)size);
            }
            set
            {
                var size = NumberOfElements * ElementSize;
                CheckBytes(size);
                if (size != value.Length) throw new ArgumentException("Mismatched data sizes in SetBytes().", nameof(value));
                value.CopyTo(new Span<byte>(DataPointer, (int)size));
            }
        }

        private void* DataPointer
        {
            get
            {
                IntPtr data;
                Native.Check(Native.dtf_tensor_data(Handle, &data));
                return (void*)data;
            }
        }

        /// <summary>The elements by index. <typeparamref name="T"/> has to be the dtype's .NET type; bfloat16 has none.</summary>
        public Utils.TensorAccessor<T> data<T>() where T : unmanaged
        {
            CheckType(typeof(T));
            return device_type == DeviceType.CPU ? new(this, owned: false) : new(cpu(), owned: true);
        }

        /// <summary>The value of a tensor of one element.</summary>
        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1) throw new ArgumentException("Number of elements in the tensor must be 1");
            using var accessor = data<T>();
            return accessor[0];
        }

        /// <summary>The value of a tensor of one element, of whatever dtype.</summary>
        public Scalar ToScalar()
        {
            var value = Op._local_scalar_dense.CallValue(this);
            return value.Tag switch
            {
                Tag.Double => new Scalar(value.Double, dtype),
                Tag.Bool => new Scalar(value.Int != 0),
                _ => new Scalar(value.Int, dtype),
            };
        }

        /// <summary>Writes the raw bytes of a contiguous CPU tensor of any size.</summary>
        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            CheckBytes(0);
            var left = NumberOfElements * ElementSize;
            // Straight from the tensor's memory: the buffer size matters to TorchSharp's copy only.
            for (var from = (byte*)DataPointer; left > 0;)
            {
                var count = (int)Math.Min(left, int.MaxValue);
                stream.Write(new ReadOnlySpan<byte>(from, count));
                from += count;
                left -= count;
            }
        }

        /// <summary>Fills a contiguous CPU tensor of any size with raw bytes.</summary>
        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            CheckBytes(0);
            var left = NumberOfElements * ElementSize;
            for (var to = (byte*)DataPointer; left > 0;)
            {
                var count = (int)Math.Min(left, int.MaxValue);
                stream.ReadExactly(new Span<byte>(to, count));
                to += count;
                left -= count;
            }
        }

        private void CheckBytes(long size)
        {
            if (!is_contiguous()) throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
            if (size > int.MaxValue) throw new ArgumentException("Span only supports up to int.MaxValue elements.");
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        }

        private void CheckType(Type type)
        {
            var matches = dtype switch
            {
                ScalarType.Byte => type == typeof(byte),
                ScalarType.Int8 => type == typeof(sbyte),
                ScalarType.Int16 => type == typeof(short),
                ScalarType.Int32 => type == typeof(int),
                ScalarType.Int64 => type == typeof(long),
                ScalarType.Float16 => type == typeof(Half),
                ScalarType.Float32 => type == typeof(float),
                ScalarType.Float64 => type == typeof(double),
                ScalarType.ComplexFloat32 => type == typeof((float, float)),
                ScalarType.ComplexFloat64 => type == typeof(System.Numerics.Complex),
                ScalarType.Bool => type == typeof(bool),
                _ => false,
            };
            if (!matches) throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
        }
    }
}
