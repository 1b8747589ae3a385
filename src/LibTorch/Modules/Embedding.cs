using TorchSharp.Binding;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>A table of vectors: indices <c>[*] -> [*, embedding_dims]</c>.</summary>
    public sealed class Embedding : nn.Module<Tensor, Tensor>
    {
        private readonly long? paddingIndex;
        private readonly double? maxNorm;
        private readonly double normType;
        private readonly bool scaleGradByFrequency;
        private readonly bool sparse;
        [ComponentName(Name = nameof(weight))] private Parameter? ownWeight;

        internal Embedding(Parameter weight, long? paddingIndex, double? maxNorm, double normType, bool scaleGradByFrequency, bool sparse)
            : base(nameof(Embedding))
        {
            var count = weight.shape[0];
            if (paddingIndex is { } index && (index >= count || index < -count))
                throw new ArgumentException($"padding_idx is {index}, and the table has {count} entries", nameof(paddingIndex));
            this.weight = weight;
            this.paddingIndex = paddingIndex < 0 ? paddingIndex + count : paddingIndex;
            this.maxNorm = maxNorm;
            this.normType = normType;
            this.scaleGradByFrequency = scaleGradByFrequency;
            this.sparse = sparse;
        }

        /// <summary><c>[num_embeddings, embedding_dims]</c>; a new one replaces and disposes the old.</summary>
        public Parameter? weight
        {
            get => ownWeight;
            set => ReplaceOwn(nameof(weight), ref ownWeight, value ?? throw new ArgumentNullException(nameof(weight)));
        }

        public override Tensor forward(Tensor input)
        {
            if (maxNorm is { } norm)
            {
                using var mode = no_grad();
                Op.embedding_renorm_.Apply(ownWeight!, input, norm, normType);
            }
            return Op.embedding.Call(ownWeight, input, paddingIndex ?? -1, scaleGradByFrequency, sparse);
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>A table of vectors drawn from N(0, 1).</summary>
            /// <param name="num_embeddings">Entries of the table.</param>
            /// <param name="embedding_dims">Length of each vector.</param>
            /// <param name="padding_idx">An entry that starts as zeros and gets no gradient.</param>
            /// <param name="max_norm">Vectors that are longer are scaled down, in the table, when they are looked up.</param>
            /// <param name="norm_type">The p of that norm.</param>
            /// <param name="scale_grad_by_freq">Whether gradients are divided by how often an entry was looked up.</param>
            /// <param name="sparse">Whether the gradient is a sparse tensor.</param>
            /// <param name="device">Where the table lies.</param>
            /// <param name="dtype">The table's dtype.</param>
            public static Embedding Embedding(
                long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                var module = new Embedding(
                    Parameter(empty([num_embeddings, embedding_dims], dtype, device)), padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
                init.normal_(module.weight!);
                if (padding_idx is not { } index) return module;
                using var mode = no_grad();
                using var entry = module.weight!.select(0, index);
                entry.zero_();
                return module;
            }

            /// <summary>A table that takes the values of <paramref name="embeddings"/>, which stays the caller's.</summary>
            public static Embedding Embedding_from_pretrained(
                Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null, double norm_type = 2,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                using var detached = embeddings.detach();
                var table = detached.to(dtype ?? embeddings.dtype, device ?? embeddings.device).alias();
                return new Embedding(Parameter(table, requires_grad: !freeze), padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
            }
        }
    }
}
