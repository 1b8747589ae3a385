using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        // Dimensions that tensors have.
        private const int OnStack = 8;

        /// <summary>The size of each dimension, in a new array.</summary>
        public long[] shape => size();

        public long Dimensions
        {
            get
            {
                long ndim;
                Native.Check(Native.dtf_tensor_ndim(Handle, &ndim));
                return ndim;
            }
        }

        public long ndim => Dimensions;

        public long NumberOfElements => Info.Elements;

        /// <summary>Bytes of one element.</summary>
        public long ElementSize => dtype.ElementSize();

        public ScalarType dtype => (ScalarType)Info.Dtype;

        public Device device => Device.Unpack(Info.Device);

        public DeviceType device_type => device.type;

        public int device_index => device.index;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_sparse => Info.IsSparse != 0;

        private Native.TensorInfo Info
        {
            get
            {
                Native.TensorInfo info;
                Native.Check(Native.dtf_tensor_info(Handle, &info));
                return info;
            }
        }

        public long dim() => Dimensions;

        public long numel() => NumberOfElements;

        public long element_size() => ElementSize;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_contiguous() => Info.IsContiguous != 0;

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public long[] size()
        {
            var sizes = new long[Dimensions];
            fixed (long* s = sizes) Native.Check(Native.dtf_tensor_sizes(Handle, s));
            return sizes;
        }

        /// <summary>The size of one dimension; a negative <paramref name="dim"/> counts from the last.</summary>
        public long size(int dim)
        {
            // No array: models ask for sizes many times a step.
            var count = (int)Dimensions;
            var values = count <= OnStack ? stackalloc long[OnStack] : new long[count];
            fixed (long* v = values) Native.Check(Native.dtf_tensor_sizes(Handle, v));
            return OfDimension(values[..count], dim);
        }

        public long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* s = strides) Native.Check(Native.dtf_tensor_strides(Handle, s));
            return strides;
        }

        /// <summary>Elements between neighbours along one dimension.</summary>
        public long stride(int dim)
        {
            var count = (int)Dimensions;
            var values = count <= OnStack ? stackalloc long[OnStack] : new long[count];
            fixed (long* v = values) Native.Check(Native.dtf_tensor_strides(Handle, v));
            return OfDimension(values[..count], dim);
        }

        public long storage_offset()
        {
            long offset;
            Native.Check(Native.dtf_tensor_storage_offset(Handle, &offset));
            return offset;
        }

        private static long OfDimension(ReadOnlySpan<long> values, int dim)
        {
            var index = dim < 0 ? dim + values.Length : dim;
            return (uint)index < (uint)values.Length
                ? values[index]
                : throw new System.Runtime.InteropServices.ExternalException(
                    $"Dimension out of range (expected to be in range of [{-values.Length}, {values.Length - 1}], but got {dim})");
        }
    }
}
