using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            // 4 MiB of float32. Attention goes in pieces whose scores stay below it and so in the cache: half of the time is saved.
            private const long ScoresAtOnce = 1L << 20;

            /// <summary><c>softmax(Q Kᵀ / √D + mask) V</c>.</summary>
            /// <param name="query"><c>[*, L, D]</c>.</param>
            /// <param name="key"><c>[*, S, D]</c>.</param>
            /// <param name="value"><c>[*, S, Dv]</c>.</param>
            /// <param name="attn_mask">
            /// Broadcast to <c>[*, L, S]</c>: of bool, where true takes part, or of the query's dtype, which is added to the scores. A query that
            /// attends to nothing gives zeros.
            /// </param>
            /// <param name="p">The share of the weights that is dropped.</param>
            /// <param name="is_casual">Whether query i attends to keys up to i only; TorchSharp's spelling.</param>
            /// <returns><c>[*, L, Dv]</c>.</returns>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false)
            {
                if (is_casual && attn_mask is not null) throw new ArgumentException("Casual attention masking cannot pass a mask.", nameof(attn_mask));
                return Op.scaled_dot_product_attention.Exists
                    ? Op.scaled_dot_product_attention.Call(query, key, value, attn_mask, p, is_casual)
                    : ComposedAttention(query, key, value, attn_mask, p, is_casual);
            }

            /// <summary>The same of plain operators, for a libtorch before 2.0, which has no public one.</summary>
            internal static Tensor ComposedAttention(
                Tensor query, Tensor key, Tensor value, Tensor? mask, double p, bool isCausal, long scoresAtOnce = ScoresAtOnce)
            {
                using var scope = NewDisposeScope();
                var (rows, columns) = (query.shape[^2], key.shape[^2]);
                if (isCausal) mask = ones([rows, columns], ScalarType.Bool, query.device).tril();

                // Half precision loses too much in the sum over the keys.
                var dtype = query.dtype;
                if (dtype is ScalarType.Float16 or ScalarType.BFloat16)
                {
                    (query, key, value) = (query.to(ScalarType.Float32), key.to(ScalarType.Float32), value.to(ScalarType.Float32));
                    if (mask is not null && mask.dtype != ScalarType.Bool) mask = mask.to(ScalarType.Float32);
                }

                var isRecorded = is_grad_enabled() && (query.requires_grad || key.requires_grad || value.requires_grad || mask?.requires_grad == true);
                var isLarge = query.numel() / query.shape[^1] * columns > scoresAtOnce;
                Tensor result;
                if (isLarge && !isRecorded && BroadcastsTo(query, key) && BroadcastsTo(query, value) && (mask is null || BroadcastsTo(query, mask)))
                {
                    result = empty([.. query.shape[..^1], value.shape[^1]], query.dtype, query.device);
                    AttendInPieces(query, key, value, mask, p, result, scoresAtOnce);
                }
                else if (isLarge && mask is null && SharesHeads(query, key) && SharesHeads(query, value))
                {
                    result = AttendHeadByHead(query, key, value, p, scoresAtOnce);
                }
                else
                {
                    result = Attend(query, key, value, mask, p);
                }
                return result.to(dtype).MoveToOuterDisposeScope();
            }

            /// <summary>Whether the dimensions before the last two are the query's, or are broadcast to them.</summary>
            private static bool BroadcastsTo(Tensor query, Tensor other)
            {
                var (wanted, shape) = (query.shape, other.shape);
                for (var fromEnd = 3; fromEnd <= shape.Length; fromEnd++)
                    if (fromEnd > wanted.Length || (shape[^fromEnd] != 1 && shape[^fromEnd] != wanted[^fromEnd]))
                        return false;
                return true;
            }

            /// <summary>Splits the first dimension that can be split, from the batch on down to the queries, until the scores are few enough.</summary>
            private static void AttendInPieces(
                Tensor query, Tensor key, Tensor value, Tensor? mask, double p, Tensor result, long scoresAtOnce)
            {
                using var scope = NewDisposeScope();
                var shape = query.shape;
                var scores = query.numel() / shape[^1] * key.shape[^2];
                var dim = Array.FindIndex(shape, 0, shape.Length - 1, size => size > 1);
                if (scores <= scoresAtOnce || dim < 0)
                {
                    result.copy_(Attend(query, key, value, mask, p));
                    return;
                }

                var piece = Math.Max(1, shape[dim] * scoresAtOnce / scores);
                var fromEnd = shape.Length - dim;
                for (var start = 0L; start < shape[dim]; start += piece)
                {
                    using var inner = NewDisposeScope();
                    var length = Math.Min(piece, shape[dim] - start);
                    var isBatch = fromEnd > 2;
                    AttendInPieces(
                        query.narrow(dim, start, length), isBatch ? Part(key, fromEnd, start, length) : key,
                        isBatch ? Part(value, fromEnd, start, length) : value, mask is null ? null : Part(mask, fromEnd, start, length), p,
                        result.narrow(dim, start, length), scoresAtOnce);
                }
            }

            /// <summary>Whether the dimensions before the last two are there and are the same.</summary>
            private static bool SharesHeads(Tensor query, Tensor other) => query.ndim > 2 && query.shape[..^2].AsSpan().SequenceEqual(other.shape[..^2]);

            /// <summary>As many heads at a time as have few enough scores. Nothing is written to, so that the gradient can be recorded.</summary>
            private static Tensor AttendHeadByHead(Tensor query, Tensor key, Tensor value, double p, long scoresAtOnce)
            {
                var heads = Math.Max(1, scoresAtOnce / (query.shape[^2] * key.shape[^2]));
                var pieces = Pieces(query).Zip(Pieces(key), Pieces(value)).Select(piece => Attend(piece.First, piece.Second, piece.Third, mask: null, p));
                return cat([.. pieces]).view([.. query.shape[..^1], value.shape[^1]]);

                // [*, L, D] -> several of [heads, L, D]
                Tensor[] Pieces(Tensor tensor) => tensor.reshape(-1, tensor.shape[^2], tensor.shape[^1]).split(heads);
            }

            /// <summary>A part along a dimension counted from the end; the whole where the tensor is broadcast along it.</summary>
            private static Tensor Part(Tensor tensor, int fromEnd, long start, long length)
            {
                var dim = (int)tensor.ndim - fromEnd;
                return dim < 0 || tensor.shape[dim] == 1 ? tensor : tensor.narrow(dim, start, length);
            }

            private static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, double p)
            {
                var scale = 1 / Math.Sqrt(query.shape[^1]);
                var scores = (query * scale).matmul(key.transpose(-2, -1)); // [*, L, D] x [*, D, S] -> [*, L, S]
                Tensor? empty = null;
                if (mask is not null)
                {
                    var isBool = mask.dtype == ScalarType.Bool;
                    var hidden = isBool ? mask.logical_not() : mask.eq(double.NegativeInfinity);
                    empty = hidden.all(-1, keepdim: true); // [*, L, 1]
                    if (!empty.any().item<bool>()) empty = null;
                    scores = isBool ? scores.masked_fill(hidden, double.NegativeInfinity) : scores + mask;
                    // A row of -inf alone has no softmax, nor a gradient.
                    if (empty is not null) scores = scores.masked_fill(empty, 0);
                }
                var weights = scores.softmax(-1);
                if (empty is not null) weights = weights.masked_fill(empty, 0);
                if (p > 0) weights = dropout(weights, p);
                return weights.matmul(value); // [*, L, S] x [*, S, Dv] -> [*, L, Dv]
            }
        }
    }
}
