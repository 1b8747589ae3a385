using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary><c>x Wᵀ + b</c>: input <c>[*, in]</c>, weights <c>[out, in]</c>, bias <c>[out]</c>, result <c>[*, out]</c>.</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Op.linear.Call(input, weights, bias);

            /// <summary>Indices <c>[*]</c> of int64 as <c>[*, num_classes]</c> with a 1 at each; −1 counts the classes from the largest index.</summary>
            public static Tensor one_hot(Tensor x, long num_classes = -1)
            {
                if (x.dtype != ScalarType.Int64) throw new ArgumentException($"one_hot takes indices of type Int64, got {x.dtype}", nameof(x));
                return Op.one_hot.Call(x, num_classes);
            }
        }
    }
}
