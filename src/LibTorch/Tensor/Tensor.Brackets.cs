using System.Runtime.CompilerServices;
using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>
        /// Part of the tensor: a view where only numbers and ranges index it, a copy where tensors do. Assigning writes the values, broadcast
        /// to the part's shape.
        /// </summary>
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => Pick(indices);
            set => Put(indices, value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => Pick(Singles(indices));
            set => Put(Singles(indices), value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => Put([i1], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => Pick([i1, i2]);
            set => Put([i1, i2], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => Pick([i1, i2, i3]);
            set => Put([i1, i2, i3], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => Pick([i1, i2, i3, i4]);
            set => Put([i1, i2, i3, i4], value);
        }

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false) => Put(indices, value, accumulate);

        private Tensor Put(TensorIndex[] indices, Tensor value, bool accumulate = false)
        {
            var part = View(indices, out var tensors);
            try
            {
                if (tensors is not null) Op.index_put_.Apply(part, Arg.Optional(tensors), value, accumulate);
                else if (accumulate)
                    throw new ArgumentException("Invalid 'indices' parameter. accumulate needs tensors of indices.", nameof(indices));
                else CopyTo(part, value);
            }
            finally
            {
                Release(part);
            }
            return this;
        }

        private static TensorIndex[] Singles(long[] indices) => Array.ConvertAll(indices, i => (TensorIndex)i);

        private Tensor PutScalar(Scalar value, TensorIndex[] indices)
        {
            using var filled = full([], value, dtype, device);
            return Put(indices, filled);
        }

        private Tensor Pick(TensorIndex[] indices)
        {
            var part = View(indices, out var tensors);
            if (tensors is null) return ReferenceEquals(part, this) ? alias() : part;
            try
            {
                return Op.index_Tensor.Call(part, Arg.Optional(tensors));
            }
            finally
            {
                Release(part);
            }
        }

        // As torch does: leading dimensions of size 1 that the part does not have fall away.
        private static void CopyTo(Tensor part, Tensor value)
        {
            var (shape, extra) = (value.shape, (int)(value.ndim - part.ndim));
            if (extra <= 0 || shape.AsSpan(0, extra).ContainsAnyExcept(1L))
            {
                part.copy_(value);
                return;
            }
            using var trimmed = value.reshape(shape[extra..]);
            part.copy_(trimmed);
        }

        /// <summary>
        /// Applies the numbers, ranges and new dimensions as views. <paramref name="tensors"/> are the index tensors per dimension of the
        /// result that is left to pick by them, or null where there are none.
        /// </summary>
        private Tensor View(TensorIndex[] indices, out Tensor?[]? tensors)
        {
            tensors = null;
            var current = this;
            var dim = 0;
            foreach (var index in indices)
            {
                var previous = current;
                switch (index.IndexKind)
                {
                    case TensorIndex.Kind.None:
                        current = current.unsqueeze(dim++);
                        break;
                    case TensorIndex.Kind.Ellipsis:
                        dim += (int)(ndim - indices.Sum(Consumed));
                        break;
                    case TensorIndex.Kind.Single:
                        current = current.select(dim, index.Start!.Value);
                        break;
                    case TensorIndex.Kind.Slice:
                        if (index is not { Start: null or 0, Stop: null, Step: null or 1 })
                            current = Op.slice_Tensor.Call(current, dim, index.Start, index.Stop, index.Step ?? 1);
                        dim++;
                        break;
                    case TensorIndex.Kind.Bool:
                        // A new dimension of one element for true, of none for false.
                        using (var one = current.unsqueeze(dim)) current = one.narrow(dim, 0, index.Start!.Value);
                        dim++;
                        break;
                    case TensorIndex.Kind.Tensor when index.Values is { ndim: 0 } && index.Values.dtype is not (ScalarType.Bool or ScalarType.Byte):
                        current = current.select(dim, index.Values.ToInt64());
                        break;
                    default:
                        SetAt(ref tensors, dim, index.Values!);
                        dim += Consumed(index);
                        break;
                }
                if (!ReferenceEquals(current, previous)) Release(previous);
            }
            return current;
        }

        private static void SetAt(ref Tensor?[]? tensors, int dim, Tensor values)
        {
            Array.Resize(ref tensors, dim + 1);
            tensors[dim] = values;
        }

        private static int Consumed(TensorIndex index) => index.IndexKind switch
        {
            TensorIndex.Kind.Single or TensorIndex.Kind.Slice => 1,
            TensorIndex.Kind.Tensor => index.Values!.dtype is ScalarType.Bool or ScalarType.Byte ? (int)index.Values.ndim : 1,
            _ => 0,
        };

        private void Release(Tensor view)
        {
            if (!ReferenceEquals(view, this)) view.Dispose();
        }
    }
}
