using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>The same storage in another shape; the strides have to allow it.</summary>
        public Tensor view(params long[] shape) => Op.view.Call(this, shape);
        public Tensor view_as(Tensor other) => view(other.shape);
        /// <summary>A view where the strides allow it, else a copy.</summary>
        public Tensor reshape(params long[] shape) => Op.reshape.Call(this, shape);
        public Tensor permute(params long[] permutation) => Op.permute.Call(this, permutation);
        public Tensor permute(IEnumerable<long> permutation) => permute([.. permutation]);
        public Tensor transpose(long dim0, long dim1) => Op.transpose_int.Call(this, dim0, dim1);
        public Tensor transpose_(long dim0, long dim1) => Op.transpose_.Apply(this, dim0, dim1);
        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor t() => Op.t.Call(this);
        public Tensor T => Op.numpy_T.Call(this);
        public Tensor mT => Op.mT.Call(this);
        public Tensor movedim(long[] source, long[] destination) => Op.movedim_intlist.Call(this, source, destination);
        public Tensor moveaxis(long[] source, long[] destination) => movedim(source, destination);
        public Tensor squeeze(long? dim = null) => dim is { } d ? Op.squeeze_dim.Call(this, d) : Op.squeeze.Call(this);
        public Tensor squeeze_(long? dim = null) => dim is { } d ? Op.squeeze__dim.Apply(this, d) : Op.squeeze_.Apply(this);
        public Tensor unsqueeze(long dim) => Op.unsqueeze.Call(this, dim);
        public Tensor unsqueeze_(long dim) => Op.unsqueeze_.Apply(this, dim);
        public Tensor expand(params long[] sizes) => Op.expand.Call(this, sizes);
        public Tensor expand(long[] sizes, bool isImplicit = false) => Op.expand.Call(this, sizes, isImplicit);
        public Tensor expand(Size sizes, bool isImplicit = false) => expand(sizes.Shape, isImplicit);
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => expand(sizes.ToArray(), isImplicit);
        public Tensor expand_as(Tensor other) => expand(other.shape);
        public Tensor broadcast_to(params long[] shape) => expand(shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Op.flatten_using_ints.Call(this, start_dim, end_dim);
        public Tensor unflatten(long dim, params long[] sizes) => Op.unflatten_int.Call(this, dim, sizes);
        public Tensor unflatten(long dim, Size sizes) => unflatten(dim, sizes.Shape);
        public Tensor ravel() => Op.ravel.Call(this);
        public Tensor contiguous() => Op.contiguous.Call(this);
        public Tensor clone() => Op.clone.Call(this);
        /// <summary>The same storage outside of autograd.</summary>
        public Tensor detach() => Op.detach.Call(this);
        public Tensor detach_() => Op.detach_.Apply(this);
        public Tensor set_(Tensor source) => Op.set__source_Tensor.Apply(this, source);
        public Tensor[] chunk(long chunks, long dim = 0) => Op.chunk.CallList(this, chunks, dim);
        public Tensor[] split(long size, int dim = 0) => Op.split_Tensor.CallList(this, size, dim);
        public Tensor[] split(long[] sizes, long dim = 0) => Op.split_with_sizes.CallList(this, sizes, dim);
        public Tensor[] split(params long[] sizes) => split(sizes, 0L);
        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => split(sizes.ToArray(), dim);
        public Tensor[] tensor_split(long size, long dim = 0) => Op.tensor_split_sections.CallList(this, size, dim);
        public Tensor[] tensor_split(long[] sizes, long dim = 0) => Op.tensor_split_indices.CallList(this, sizes, dim);
        public Tensor[] unbind(long dimension = 0) => Op.unbind_int.CallList(this, dimension);
        public Tensor repeat(params long[] sizes) => Op.repeat.Call(this, sizes);
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Op.repeat_interleave_self_int.Call(this, repeats, dim, output_size);
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Op.repeat_interleave_self_Tensor.Call(this, repeats, dim, output_size);
        public Tensor tile(long[] reps) => Op.tile.Call(this, reps);
        public Tensor flip(params long[] dims) => Op.flip.Call(this, dims);
        public Tensor fliplr() => Op.fliplr.Call(this);
        public Tensor flipud() => Op.flipud.Call(this);
        public Tensor roll(long shifts, long? dims = null) => roll([shifts], dims is { } d ? [d] : []);
        public Tensor roll(long[] shifts) => roll(shifts, []);
        public Tensor roll(long[] shifts, long[] dims) => Op.roll.Call(this, shifts, dims);
        public Tensor rot90(long k = 1, (long, long)? dims = null) =>
            dims is var (first, second) ? Op.rot90.Call(this, k, new[] { first, second }) : Op.rot90.Call(this, k);
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            Op.as_strided.Call(this, size, strides, storageOffset);
        public Tensor unfold(long dimension, long size, long step) => Op.unfold.Call(this, dimension, size, step);
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Op.diagonal.Call(this, offset, dim1, dim2);
        public Tensor diag(long diagonal = 0) => Op.diag.Call(this, diagonal);
        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) => Op.diag_embed.Call(this, offset, dim1, dim2);
        public Tensor tril(long diagonal = 0) => Op.tril.Call(this, diagonal);
        public Tensor tril_(long diagonal = 0) => Op.tril_.Apply(this, diagonal);
        public Tensor triu(long diagonal = 0) => Op.triu.Call(this, diagonal);
        public Tensor triu_(long diagonal = 0) => Op.triu_.Apply(this, diagonal);
        public Tensor narrow(long dim, long start, long length) => Op.narrow.Call(this, dim, start, length);
        public Tensor select(long dim, long index) => Op.select_int.Call(this, dim, index);
        public Tensor slice(long dim, long start, long finish, long step) => Op.slice_Tensor.Call(this, dim, start, finish, step);
        public Tensor view_as_real() => Op.view_as_real.Call(this);
        public Tensor view_as_complex() => Op.view_as_complex.Call(this);
        public Tensor atleast_1d() => Op.atleast_1d.Call(this);
        public Tensor atleast_2d() => Op.atleast_2d.Call(this);
        public Tensor atleast_3d() => Op.atleast_3d.Call(this);
        public Tensor pin_memory() => Op.pin_memory.Call(this);
        public Tensor zeros_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            torch.zeros_like(this, dtype, device, requires_grad);
        public Tensor ones_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            torch.ones_like(this, dtype, device, requires_grad);
        public Tensor empty_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            torch.empty_like(this, dtype, device, requires_grad);
        public Tensor full_like(Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            torch.full_like(this, value, dtype, device, requires_grad);
        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            torch.rand_like(this, dtype, device, requires_grad);
        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            torch.randn_like(this, dtype, device, requires_grad);
        public Tensor new_zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            zeros(size, dtype ?? this.dtype, device ?? this.device, requires_grad);
        public Tensor new_empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            empty(size, dtype ?? this.dtype, device ?? this.device, requires_grad);
        public Tensor new_full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            full(size, value, dtype ?? this.dtype, device ?? this.device, requires_grad);
    }
}
