using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Op.sum.Call(this, type);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1], keepdim, type);
        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) =>
            sum([dim0, dim1, dim2], keepdim, type);
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => sum(dim.ToArray(), keepdim, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Op.sum_dim_IntList.Call(this, dim, keepdim, type);
        public Tensor mean() => Op.mean.Call(this);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Op.mean_dim.Call(this, dimensions, keepdim, type);
        public Tensor prod(ScalarType? type = null) => Op.prod.Call(this, type);
        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) => Op.prod_dim_int.Call(this, dim, keepdim, type);
        public Tensor nansum() => Op.nansum.Call(this);
        public Tensor var(bool unbiased = true) => Op.var.Call(this, unbiased);
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var([dim], unbiased, keepdim, type);
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(Op.var_dim.Call(this, dimensions, unbiased, keepdim), type);
        public Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var(dimensions.ToArray(), unbiased, keepdim, type);
        public Tensor var((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var([dim.Item1, dim.Item2], unbiased, keepdim, type);
        public Tensor var((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var([dim.Item1, dim.Item2, dim.Item3], unbiased, keepdim, type);
        public (Tensor @var, Tensor mean) var_mean(bool unbiased = true) => Op.var_mean.Call2(this, unbiased);
        public (Tensor @var, Tensor mean) var_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var_mean([dim], unbiased, keepdim, type);
        public (Tensor @var, Tensor mean) var_mean(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(Op.var_mean_dim.Call2(this, dimensions, unbiased, keepdim), type);
        public Tensor std(bool unbiased = true) => Op.std.Call(this, unbiased);
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            std([dim], unbiased, keepdim, type);
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(Op.std_dim.Call(this, dimensions, unbiased, keepdim), type);
        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            std(dimensions.ToArray(), unbiased, keepdim, type);
        public Tensor std((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            std([dim.Item1, dim.Item2], unbiased, keepdim, type);
        public Tensor std((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            std([dim.Item1, dim.Item2, dim.Item3], unbiased, keepdim, type);
        public (Tensor std, Tensor mean) std_mean(bool unbiased = true) => Op.std_mean.Call2(this, unbiased);
        public (Tensor std, Tensor mean) std_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            std_mean([dim], unbiased, keepdim, type);
        public (Tensor std, Tensor mean) std_mean(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(Op.std_mean_dim.Call2(this, dimensions, unbiased, keepdim), type);
        public Tensor norm(float p = 2) => Op.norm_Scalar.Call(this, p);
        public Tensor norm(int dim, bool keepdim = false, float p = 2) => Op.norm_ScalarOpt_dim.Call(this, p, new[] { (long)dim }, keepdim);
        public Tensor dist(Tensor other, float p = 2) => Op.dist.Call(this, other, p);
        public Tensor max() => Op.max.Call(this);
        public Tensor max(Tensor other) => Op.max_other.Call(this, other);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Op.max_dim.Call2(this, dim, keepdim);
        public Tensor min() => Op.min.Call(this);
        public Tensor min(Tensor other) => Op.min_other.Call(this, other);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Op.min_dim.Call2(this, dim, keepdim);
        public Tensor amax(params long[] dims) => Op.amax.Call(this, dims);
        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? Op.amax.Call(this, dims, keepdim) : Op.amax_out.Call(this, dims, keepdim, @out);
        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => amax(dims.ToArray(), keepdim, @out);
        public Tensor amin(params long[] dims) => Op.amin.Call(this, dims);
        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? Op.amin.Call(this, dims, keepdim) : Op.amin_out.Call(this, dims, keepdim, @out);
        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => amin(dims.ToArray(), keepdim, @out);
        public (Tensor min, Tensor max) aminmax(long? dim = null, bool keepdim = false) => Op.aminmax.Call2(this, dim, keepdim);
        public Tensor argmax() => Op.argmax.Call(this);
        public Tensor argmax(long dim, bool keepdim = false) => Op.argmax.Call(this, dim, keepdim);
        public Tensor argmin() => Op.argmin.Call(this);
        public Tensor argmin(long dim, bool keepdim = false) => Op.argmin.Call(this, dim, keepdim);
        public Tensor all() => Op.all.Call(this);
        public Tensor all(long dim, bool keepdim = false) => Op.all_dim.Call(this, dim, keepdim);
        public Tensor any() => Op.any.Call(this);
        public Tensor any(long dim, bool keepdim = false) => Op.any_dim.Call(this, dim, keepdim);
        public Tensor logsumexp(long dim, bool keepdim = false) => Op.logsumexp.Call(this, new[] { dim }, keepdim);
        public Tensor cumsum(long dim, ScalarType? type = null) => Op.cumsum.Call(this, dim, type);
        public Tensor cumprod(long dim, ScalarType? type = null) => Op.cumprod.Call(this, dim, type);
        public (Tensor, Tensor) cummax(long dim) => Op.cummax.Call2(this, dim);
        public (Tensor, Tensor) cummin(long dim) => Op.cummin.Call2(this, dim);
        public Tensor median() => Op.median.Call(this);
        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Op.quantile.Call(this, q, dim, keepdim);
        public Tensor nanquantile(Tensor q, long dim = -1, bool keepdim = false) => Op.nanquantile.Call(this, q, dim, keepdim);
        public (Tensor values, Tensor indices) mode(long dim = -1, bool keepdim = false) => Op.mode.Call2(this, dim, keepdim);
        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) =>
            Op.kthvalue.Call2(this, k, dim ?? -1, keepdim);
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Op.sort_stable.Call2(this, stable, dim, descending);
        public Tensor argsort(long dim = -1, bool descending = false) => Op.argsort.Call(this, dim, descending);
        public Tensor msort() => Op.msort.Call(this);
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Op.topk.Call2(this, k, dim, largest, sorted);
        public Tensor count_nonzero(long[]? dims = null) =>
            dims is null ? Op.count_nonzero.Call(this) : Op.count_nonzero_dim_IntList.Call(this, dims);
        public Tensor bincount(Tensor weights, long minlength = 0) => Op.bincount.Call(this, weights, minlength);
        public Tensor histc(long bins = 100, long min = 0, long max = 0) => Op.histc.Call(this, bins, min, max);
        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) =>
            Op.diff.Call(this, n, dim, prepend, append);
        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null) =>
            dim is { } d ? Wanted(Op.unique_dim.Call3(this, d, sorted, return_inverse, return_counts), return_inverse, return_counts) : Wanted(Op._unique2.Call3(this, sorted, return_inverse, return_counts), return_inverse, return_counts);

        private static (Tensor output, Tensor? inverse_indices, Tensor? counts) Wanted((Tensor, Tensor, Tensor) all, bool inverse, bool counts)
        {
            if (!inverse) all.Item2.Dispose();
            if (!counts) all.Item3.Dispose();
            return (all.Item1, inverse ? all.Item2 : null, counts ? all.Item3 : null);
        }

        private static Tensor Typed(Tensor result, ScalarType? type) => type is { } t ? result.to(t, disposeAfter: true) : result;

        private static (Tensor, Tensor) Typed((Tensor, Tensor) results, ScalarType? type) =>
            (Typed(results.Item1, type), Typed(results.Item2, type));
    }
}
