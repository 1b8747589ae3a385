using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>The operators of layers as functions of their weights.</summary>
        public static partial class functional
        {
            /// <summary><c>x · sigmoid(x)</c>.</summary>
            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? x.silu_().alias() : x.silu();

            /// <summary><c>x · Φ(x)</c> by the error function.</summary>
            public static Tensor gelu(Tensor x) => x.gelu();

            /// <summary><c>x · Φ(x)</c> by the error function, where <paramref name="inplace"/> says so over the input.</summary>
            public static Tensor gelu(Tensor x, bool inplace) => inplace ? x.gelu_().alias() : x.gelu();

            /// <summary><c>max(x, 0)</c>.</summary>
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_().alias() : x.relu();

            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? x.tanh_().alias() : x.tanh();

            /// <summary><c>1 / (1 + e⁻ˣ)</c>.</summary>
            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            /// <summary><c>1 / (1 + e⁻ˣ)</c>, where <paramref name="inplace"/> says so over the input.</summary>
            public static Tensor sigmoid(Tensor x, bool inplace) => inplace ? x.sigmoid_().alias() : x.sigmoid();

            /// <summary>Exponentials that sum to 1 along <paramref name="dim"/>, computed in <paramref name="dtype"/> where given.</summary>
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            /// <summary>The logarithm of <see cref="softmax"/>.</summary>
            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            /// <summary>In training, sets elements to zero with probability <paramref name="p"/> and scales the rest by <c>1 / (1 − p)</c>.</summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? Op.dropout_.Apply(input, p, training).alias() : Op.dropout.Call(input, p, training);
        }
    }
}
