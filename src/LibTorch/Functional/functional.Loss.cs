using TorchSharp.Binding;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What a loss does with its elements.</summary>
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static partial class functional
        {
            /// <summary>Squared differences.</summary>
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Op.mse_loss.Call(input, target, (long)reduction);

            /// <summary>Absolute differences.</summary>
            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Op.l1_loss.Call(input, target, (long)reduction);

            /// <summary>The negative logarithm of the target's probability under the softmax of <paramref name="input"/>.</summary>
            /// <param name="input">Logits <c>[N, C]</c> or <c>[N, C, *]</c>.</param>
            /// <param name="target">Classes of int64 <c>[N]</c> or <c>[N, *]</c>, or probabilities in the input's shape.</param>
            /// <param name="weight">A weight for each class, <c>[C]</c>.</param>
            /// <param name="ignore_index">A class that counts for nothing.</param>
            /// <param name="reduction">What is done with the elements.</param>
            /// <param name="label_smoothing">The share of the target that is spread over all classes.</param>
            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Op.cross_entropy_loss.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);
        }
    }
}
