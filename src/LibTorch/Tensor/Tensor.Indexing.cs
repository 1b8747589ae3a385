using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        public Tensor index(params TensorIndex[] indices) => Pick(indices);
        public Tensor index(params Tensor[] indices) => Op.index_Tensor.Call(this, Arg.Optional(indices));
        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => Put(indices, value);
        public Tensor index_put_(Scalar value, params TensorIndex[] indices) => PutScalar(value, indices);
        public Tensor index_put_(Tensor value, params Tensor[] indices) => Op.index_put_.Apply(this, Arg.Optional(indices), value);
        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            Op.index_put_.Apply(this, Arg.Optional(indices), value, accumulate);
        public Tensor index_put_(Scalar value, params Tensor[] indices) => PutScalar(value, [.. indices.Select(TensorIndex.Tensor)]);
        public Tensor index_select(long dim, Tensor index) => Op.index_select.Call(this, dim, index);
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) => Op.index_add.Call(this, dim, index, source, alpha);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Op.index_add_.Apply(this, dim, index, source, alpha);
        public Tensor index_copy(long dim, Tensor index, Tensor source) => Op.index_copy.Call(this, dim, index, source);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Op.index_copy_.Apply(this, dim, index, source);
        public Tensor index_fill(long dim, Tensor index, Scalar value) => Op.index_fill_int_Scalar.Call(this, dim, index, value);
        public Tensor index_fill_(long dim, Tensor index, Scalar value) => Op.index_fill__int_Scalar.Apply(this, dim, index, value);
        public Tensor gather(long dim, Tensor index) => Op.gather.Call(this, dim, index);
        public Tensor scatter(long dim, Tensor index, Tensor src) => Op.scatter_src.Call(this, dim, index, src);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Op.scatter__src.Apply(this, dim, index, src);
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Op.scatter_add.Call(this, dim, index, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Op.scatter_add_.Apply(this, dim, index, src);
        public Tensor slice_scatter(Tensor src, long dim = 0, long? start = null, long? end = null, long step = 1) =>
            Op.slice_scatter.Call(this, src, dim, start, end, step);
        public Tensor select_scatter(Tensor src, long dim, long index) => Op.select_scatter.Call(this, src, dim, index);
        public Tensor take(Tensor index) => Op.take.Call(this, index);
        public Tensor masked_fill(Tensor mask, Scalar value) => Op.masked_fill_Scalar.Call(this, mask, value);
        public Tensor masked_fill_(Tensor mask, Scalar value) => Op.masked_fill__Scalar.Apply(this, mask, value);
        public Tensor masked_select(Tensor mask) => Op.masked_select.Call(this, mask);
        public Tensor masked_scatter(Tensor mask, Tensor value) => Op.masked_scatter.Call(this, mask, value);
        public Tensor masked_scatter_(Tensor mask, Tensor value) => Op.masked_scatter_.Apply(this, mask, value);
        public Tensor where(Tensor condition, Tensor y) => Op.where_self.Call(condition, this, y);
        public Tensor nonzero() => Op.nonzero.Call(this);
        public Tensor argwhere() => Op.argwhere.Call(this);
        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) =>
            Op.bucketize_Tensor.Call(this, boundaries, outInt32, right);
    }
}
